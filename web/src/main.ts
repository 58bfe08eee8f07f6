import { mount } from 'svelte';
import './app.css';
import App from './App.svelte';

const target = document.querySelector<HTMLElement>('#app');
if (!target) throw new Error('index.html has no #app');
target.replaceChildren();
mount(App, { target });
