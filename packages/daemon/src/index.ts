/** The package `coequal` is a command; programs use its engines, such as `@coequal/bittorrent`. */
export { VERSION } from './version.ts';
