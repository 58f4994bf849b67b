// Looks at the catalog in a real browser, at two widths.
// usage: node catalog.mjs URL [SHOTS-DIR]
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const [url, shots] = process.argv.slice(2);
const HOSTILE = '"><img src=x onerror=alert(1)><b>&amp;\'';
const widths = [390, 1280];

async function openPage(browser, width, scheme) {
	const context = await browser.newContext({
		viewport: { width, height: 900 },
		colorScheme: scheme,
		ignoreHTTPSErrors: true,
		javaScriptEnabled: true,
	});
	const page = await context.newPage();
	const troubles = [];
	page.on('console', (message) => {
		if (message.type() === 'error' || message.type() === 'warning')
			troubles.push(`${message.type()}: ${message.text()}`);
	});
	page.on('pageerror', (error) => troubles.push(String(error)));
	page.on('dialog', (dialog) => {
		troubles.push(`dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	page.on('requestfailed', (request) => {
		// Leaving a page ends what it was still loading.
		if (request.failure()?.errorText !== 'net::ERR_ABORTED')
			troubles.push(`failed: ${request.url()}`);
	});
	return { context, page, troubles };
}

async function checkLayout(page, name) {
	const overflow = await page.evaluate(() =>
		document.documentElement.scrollWidth - window.innerWidth);
	assert.ok(overflow <= 0, `${name}: ${overflow} px too wide`);
	const found = await page.evaluate(() => ({
		main: document.querySelectorAll('main').length,
		h1: document.querySelectorAll('h1').length,
		header: document.querySelectorAll('header').length > 0,
		footer: document.querySelectorAll('footer').length,
		lang: document.documentElement.lang,
		scripts: document.querySelectorAll('script').length,
		images: [...document.images].filter((image) =>
			!image.hasAttribute('alt')).length,
		unlabelled: [...document.querySelectorAll('input, select')].filter(
			(field) => field.type !== 'hidden' &&
				!field.labels?.length).length,
		uncaptioned: [...document.querySelectorAll('table')].filter(
			(table) => !table.caption).length,
		levels: [...document.querySelectorAll('h1, h2, h3')].map(
			(heading) => Number(heading.tagName[1])),
	}));
	assert.equal(found.main, 1, name);
	assert.equal(found.h1, 1, name);
	assert.ok(found.header && found.footer === 1, name);
	assert.equal(found.lang, 'en', name);
	assert.equal(found.scripts, 0, name);
	assert.equal(found.images, 0, `${name}: image without alt`);
	assert.equal(found.unlabelled, 0, `${name}: field without label`);
	assert.equal(found.uncaptioned, 0, `${name}: table without caption`);
	found.levels.reduce((last, level) => {
		assert.ok(level <= last + 1, `${name}: heading level skipped`);
		return level;
	}, 0);
}

// Ratio of WCAG 2, section 1.4.3, for all text that is shown.
async function checkContrast(page, name) {
	const poor = await page.evaluate(() => {
		const parse = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
		const light = ([r, g, b]) => [r, g, b].map((value) => {
			const part = value / 255;
			return part <= 0.03928 ? part / 12.92 :
				((part + 0.055) / 1.055) ** 2.4;
		}).reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i],
			0);
		const ground = (element) => {
			for (let at = element; at; at = at.parentElement) {
				const color = parse(getComputedStyle(at).backgroundColor);
				if (color.length === 3 || color[3] > 0.99)
					return color;
			}
			return [255, 255, 255];
		};
		const found = [];
		for (const element of document.querySelectorAll('body *')) {
			const own = [...element.childNodes].some((node) =>
				node.nodeType === 3 && node.textContent.trim() !== '');
			if (!own || element.closest('.sr, .skip') ||
				element.tagName === 'OPTION')
				continue;
			const style = getComputedStyle(element);
			const a = light(parse(style.color));
			const b = light(ground(element));
			const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
			if (ratio < 4.5)
				found.push(`${element.tagName}.${element.className} ` +
					`${ratio.toFixed(2)} "${element.textContent.slice(0, 20)}"`);
		}
		return found;
	});
	assert.deepEqual(poor, [], `${name}: poor contrast`);
}

async function shoot(page, name) {
	if (shots)
		await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

async function checkList(page, label) {
	await page.goto(url + '/');
	await checkLayout(page, `list ${label}`);
	await checkContrast(page, `list ${label}`);
	await shoot(page, `list-${label}`);
	assert.ok(await page.locator('article.card').count() >= 2);
	// Hostile words stay words.
	assert.equal(await page.locator('main img').count(), 0);
	assert.equal(await page.locator('.card b').count(), 0);
	assert.ok((await page.locator('.card h3').allTextContents())
		.some((text) => text === HOSTILE));
}

async function checkSearch(page) {
	await page.goto(url + '/');
	await page.fill('#q', 'kitting');
	await page.selectOption('#kind', 'subscription');
	await page.click('form.search button');
	assert.match(page.url(), /q=kitting&kind=subscription/);
	assert.equal(await page.locator('article.card').count(), 1);
	assert.equal(await page.inputValue('#q'), 'kitting');
	assert.equal(await page.inputValue('#kind'), 'subscription');
	// A facet narrows further and can be taken away again.
	const facet = page.locator('.facet a').first();
	const value = await facet.locator('.facet-name').textContent();
	await facet.click();
	assert.match(page.url(), /kind=subscription&[a-z_]+=/);
	assert.ok((await page.locator('.chips').textContent()).includes(value));
	await page.locator('.facet a.on').first().click();
	assert.doesNotMatch(page.url(), /task=/);
	await page.fill('#q', HOSTILE + ' nothing');
	await page.click('form.search button');
	assert.equal(await page.locator('.empty').count(), 1);
	assert.equal(await page.inputValue('#q'), HOSTILE + ' nothing');
	assert.equal(await page.locator('main img').count(), 0);
	await page.click('.chip.clear');
	assert.equal(new URL(page.url()).search, '');
}

async function checkDataset(page, label) {
	await page.goto(url + '/');
	await page.click('.card h3 a:has-text("kitting")');
	assert.match(page.url(), /\/datasets\/demo-kitting$/);
	await checkLayout(page, `dataset ${label}`);
	await checkContrast(page, `dataset ${label}`);
	await shoot(page, `dataset-${label}`);
	assert.equal(await page.locator('table.batches tbody tr').count(), 3);
	assert.ok(await page.locator('pre:has-text("minisign -Vm")').count() > 0);
	await page.goto(url + '/datasets/hostile');
	assert.equal(await page.locator('h1').textContent(), HOSTILE);
	assert.equal(await page.locator('main img').count(), 0);
	await checkLayout(page, `hostile ${label}`);
}

async function checkMissing(page, label, troubles) {
	const answer = await page.goto(url + '/datasets/nosuch');
	assert.equal(answer.status(), 404);
	await checkLayout(page, `missing ${label}`);
	await shoot(page, `missing-${label}`);
	await page.click('main a.button');
	assert.equal(new URL(page.url()).pathname, '/');
	// The browser notes the 404 itself.
	const left = troubles.filter((text) => !text.includes('404'));
	troubles.length = 0;
	troubles.push(...left);
}

async function checkKeyboard(page) {
	await page.goto(url + '/');
	await page.keyboard.press('Tab');
	assert.equal(await page.evaluate(() => document.activeElement.className),
		'skip');
	const shown = await page.evaluate(() =>
		document.activeElement.getBoundingClientRect().top >= 0);
	assert.ok(shown, 'the skip link shows when it has the focus');
}

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
		'--disable-background-networking', '--disable-component-update',
		'--disable-sync'],
});
try {
	for (const width of widths) {
		for (const scheme of ['light', 'dark']) {
			const label = `${width}-${scheme}`;
			const { context, page, troubles } =
				await openPage(browser, width, scheme);
			await checkList(page, label);
			await checkSearch(page);
			await checkDataset(page, label);
			await checkMissing(page, label, troubles);
			await checkKeyboard(page);
			assert.deepEqual(troubles, [], label);
			await context.close();
			console.log(`ok ${label}`);
		}
	}
} finally {
	await browser.close();
}
