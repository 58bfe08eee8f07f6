import { mount } from 'svelte';
import './app.css';
import App from './App.svelte';
import { settings } from './state/settings.svelte';

const target = document.querySelector<HTMLElement>('#app');
if (!target) throw new Error('index.html has no #app');
// Before the first request: the server answers in the reader's language.
settings.apply();
target.replaceChildren();
mount(App, { target });
