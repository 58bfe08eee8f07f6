import { overwriteGetLocale } from '../../src/paraglide/runtime.js';

overwriteGetLocale(() => 'en');
