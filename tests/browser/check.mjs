// Checks every HTML page below a folder as a reader meets it: opened from disk, without a network.
//
//   node check.mjs FOLDER [--sample N] [--max-print-pages N] [--print-kind NAME]
//
// Each problem is one JSON line on stdout, the last line is a summary. Exit code 0: no problem,
// 1: problems, 2: the check itself could not be made.
//
// Pages are grouped by folder. --sample N opens at most N pages of a folder that lies below a folder
// with an index.html (towns, services), evenly spaced by name; the entry pages are always opened.
// --max-print-pages N limits the A4 pages of each page, or only of those whose folder is called
// NAME, as given with --print-kind.

import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

const WIDTHS = [1280, 360];
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
const LOCAL = new Set(['file:', 'data:', 'blob:', 'about:']);
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

function fail(message) {
  console.error(message);
  process.exit(2);
}

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      sample: { type: 'string' },
      'max-print-pages': { type: 'string' },
      'print-kind': { type: 'string' },
    },
  });
  const count = (name) => {
    if (values[name] === undefined) return undefined;
    const number = Number(values[name]);
    if (!Number.isInteger(number) || number < 1) fail(`--${name} needs a whole number above 0`);
    return number;
  };
  if (positionals.length !== 1) fail('usage: node check.mjs FOLDER [--sample N] [--max-print-pages N] [--print-kind NAME]');
  const root = resolve(positionals[0]);
  if (!existsSync(root) || !statSync(root).isDirectory()) fail(`${root} is no folder`);
  return { root, sample: count('sample'), maxPrintPages: count('max-print-pages'), printKind: values['print-kind'] };
}

function foldersOf(root) {
  const folders = new Map();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.html')) continue;
    const folder = entry.parentPath ?? entry.path;
    if (!folders.has(folder)) folders.set(folder, []);
    folders.get(folder).push(entry.name);
  }
  const byName = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  return [...folders].sort(([a], [b]) => byName(a, b)).map(([folder, names]) => [folder, names.sort(byName)]);
}

function isBelowEntry(folder, root) {
  for (let above = folder; above !== root && above !== dirname(above); ) {
    above = dirname(above);
    if (existsSync(join(above, 'index.html'))) return true;
  }
  return false;
}

function spaced(names, count) {
  if (names.length <= count) return names;
  if (count === 1) return names.slice(0, 1);
  return Array.from({ length: count }, (_, i) => names[Math.round((i * (names.length - 1)) / (count - 1))]);
}

function selected({ root, sample }) {
  return foldersOf(root).flatMap(([folder, names]) => {
    const few = sample !== undefined && isBelowEntry(folder, root) ? spaced(names, sample) : names;
    return few.map((name) => join(folder, name));
  });
}

// Runs in the page.
async function runAxe(tags) {
  const { violations } = await window.axe.run(document, {
    runOnly: { type: 'tag', values: tags },
    resultTypes: ['violations'],
  });
  return violations.map(({ id, impact, help, nodes }) => ({
    rule: id,
    impact,
    help,
    count: nodes.length,
    nodes: nodes.slice(0, 3).map(({ target, html }) => ({ target: target.join(' '), html: html.slice(0, 200) })),
  }));
}

// Runs in the page. Says which elements push the page wider than the window.
function measureWidth() {
  const width = document.scrollingElement.scrollWidth;
  const wide = [...document.body.querySelectorAll('*')]
    .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 0.5)
    .slice(0, 3)
    .map((element) => element.outerHTML.slice(0, 120));
  return { width, window: window.innerWidth, wide };
}

// Runs in the page.
function readLinks() {
  const links = [...document.querySelectorAll('a[href], area[href]')];
  return links.map((link) => {
    const { protocol, hash, pathname, href } = new URL(link.href, document.baseURI);
    const here = pathname === location.pathname;
    const id = decodeURIComponent(hash.slice(1));
    return { protocol, href, missing: here && id !== '' && document.getElementById(id) === null };
  });
}

function brokenLinks(links) {
  return links
    .filter(({ protocol, href, missing }) => {
      if (protocol !== 'file:') return false;
      const url = new URL(href);
      url.hash = '';
      url.search = '';
      return missing || !existsSync(fileURLToPath(url));
    })
    .map(({ href }) => href);
}

function pagesOfPdf(bytes) {
  return (bytes.toString('latin1').match(/\/Type\s*\/Page(?![A-Za-z])/g) ?? []).length;
}

async function checkPage(browser, path, settings, report) {
  for (const width of WIDTHS) {
    const note = (check, detail) => report({ page: relative(settings.root, path).split(sep).join('/'), width, check, ...detail });
    const context = await browser.newContext({ viewport: { width, height: 900 }, offline: true, locale: 'de-DE' });
    const page = await context.newPage();
    page.on('request', (request) => {
      if (!LOCAL.has(new URL(request.url()).protocol)) note('network', { url: request.url() });
    });
    page.on('requestfailed', (request) => {
      if (LOCAL.has(new URL(request.url()).protocol)) note('missing-file', { url: basename(request.url()) });
    });
    page.on('websocket', (socket) => note('network', { url: socket.url() }));
    page.on('console', (message) => {
      if (message.type() === 'error') note('console', { message: message.text() });
    });
    page.on('pageerror', (error) => note('script', { message: error.message }));
    await page.goto(pathToFileURL(path).href, { waitUntil: 'load' });

    const { width: needed, window, wide } = await page.evaluate(measureWidth);
    if (width === 360 && needed > window) note('horizontal-scrolling', { needed, window, wide });

    if (width === WIDTHS[0]) {
      for (const href of brokenLinks(await page.evaluate(readLinks))) {
        note('broken-link', { href: href.replace(pathToFileURL(settings.root).href, '') });
      }
      const printed = settings.printKind === undefined || basename(dirname(path)) === settings.printKind;
      if (settings.maxPrintPages !== undefined && printed) {
        const pages = pagesOfPdf(await page.pdf({ format: 'A4', preferCSSPageSize: true, printBackground: true }));
        if (pages < 1 || pages > settings.maxPrintPages) note('print-pages', { pages, allowed: settings.maxPrintPages });
      }
    }

    await page.evaluate(AXE);
    for (const violation of await page.evaluate(runAxe, TAGS)) note('axe', violation);
    await context.close();
  }
}

const settings = options();
const paths = selected(settings);
if (paths.length === 0) fail(`${settings.root} holds no HTML page`);

let problems = 0;
const report = (problem) => {
  problems += 1;
  console.log(JSON.stringify(problem));
};
const browser = await chromium
  .launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // No name is ever looked up, whatever a page asks for.
      '--host-resolver-rules=MAP * ~NOTFOUND',
    ],
  })
  .catch((error) => fail(`Chromium does not start: ${error.message}`));
try {
  for (const path of paths) await checkPage(browser, path, settings, report);
} catch (error) {
  fail(`the check was interrupted: ${error.message}`);
} finally {
  await browser.close();
}
console.log(JSON.stringify({ pages: paths.length, widths: WIDTHS, problems }));
process.exit(problems === 0 ? 0 : 1);
