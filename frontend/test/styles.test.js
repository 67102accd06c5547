// Text keeps its contrast in JupyterLab's light and dark theme, also on a chosen row and where it warns.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(join(process.cwd(), "src", "styles", "widgets.css"), "utf8");
/** Ink and paper of the themes, as JupyterLab has them. */
const THEMES = { light: { ink: [33, 33, 33], paper: [255, 255, 255] }, dark: { ink: [255, 255, 255], paper: [33, 33, 33] } };
/** Least contrast of small text (WCAG 2.1, AA). */
const LEAST = 4.5;

const rgb = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
const accent = rgb(/--nbl-accent: (#\w{6})/.exec(css)[1]);

/** Every value that the styles give a variable; there are several roots. */
function valuesOf(name) {
  return [...css.matchAll(new RegExp(`${name}: color-mix\\(in srgb, (\\S+) (\\d+)%, var\\(--nbl-(\\w+)\\)\\)`, "g"))].map((found) => ({
    color: found[1].startsWith("#") ? rgb(found[1]) : accent, part: Number(found[2]) / 100, other: found[3],
  }));
}

const mixed = ({ color, part, other }, theme) => color.map((value, at) => part * value + (1 - part) * THEMES[theme][other][at]);

function contrast(one, other) {
  const [darker, lighter] = [one, other].map((color) => color
    .map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0)).sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

describe.each(["light", "dark"])("in the %s theme", (theme) => {
  it("text of a chosen row is read on its ground", () => {
    const grounds = valuesOf("--nbl-chosen");
    expect(grounds.length).toBeGreaterThan(0);
    for (const ground of grounds) expect(contrast(THEMES[theme].ink, mixed(ground, theme))).toBeGreaterThan(LEAST);
  });

  it("words that warn are read on the paper", () => {
    const inks = valuesOf("--nbl-accent-text");
    expect(inks.length).toBeGreaterThan(0);
    for (const ink of inks) expect(contrast(mixed(ink, theme), THEMES[theme].paper)).toBeGreaterThan(LEAST);
  });
});

it("no text has the accent itself, and no ground a color of JupyterLab's brand, which is the same in the dark theme", () => {
  expect(css).not.toMatch(/(^|[^-\w])color: var\(--nbl-accent\)/);
  expect(css).not.toContain("--jp-brand-color");
});
