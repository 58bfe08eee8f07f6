// Charts with made-up readings, driven frame by frame by run.mjs: what a frame costs, nothing else.

import { mount } from 'svelte';
import '../src/app.css';
import Frames from './Frames.svelte';

declare global {
  interface Window { bench: { show: (charts: number, points: number) => Promise<void>; step: () => void; zoom: (at: number) => void } }
}

mount(Frames, { target: document.querySelector('#app') ?? document.body });
