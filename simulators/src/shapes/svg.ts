/** Bars of two series side by side, as SVG text: a chart library for two kinds of bars would be the heavier. */
export interface Bars {
  readonly title: string;
  readonly labels: readonly string[];
  /** In percent. */
  readonly series: readonly {
    readonly name: string;
    readonly colour: string;
    readonly percent: readonly number[];
  }[];
}

const WIDTH = 760;
const HEIGHT = 260;
const LEFT = 40;
const TOP = 44;
const BOTTOM = 28;

export function svgOf({ title, labels, series }: Bars): string {
  const highest = Math.max(1, ...series.flatMap(({ percent }) => percent));
  const step = [1, 2, 5, 10, 20].find((each) => highest / each <= 6) ?? 50;
  const top = Math.ceil(highest / step) * step;
  const plotHeight = HEIGHT - TOP - BOTTOM;
  const y = (percent: number) => Math.round((TOP + plotHeight * (1 - percent / top)) * 10) / 10;
  const slot = (WIDTH - LEFT - 10) / labels.length;
  const barWidth = Math.round(((slot * 0.8) / series.length) * 10) / 10;
  const lines: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="16" font-size="13" font-weight="bold">${escaped(title)}</text>`,
  ];
  for (const [place, { name, colour }] of series.entries()) {
    const x = LEFT + place * 300;
    lines.push(
      `<rect x="${x}" y="24" width="10" height="10" fill="${colour}"/>`,
      `<text x="${x + 15}" y="33">${escaped(name)}</text>`,
    );
  }
  for (let percent = 0; percent <= top; percent += step) {
    lines.push(
      `<line x1="${LEFT}" x2="${WIDTH - 10}" y1="${y(percent)}" y2="${y(percent)}" stroke="#ddd"/>`,
      `<text x="${LEFT - 5}" y="${y(percent) + 4}" text-anchor="end">${percent} %</text>`,
    );
  }
  for (const [place, label] of labels.entries()) {
    const left = LEFT + place * slot + slot * 0.1;
    for (const [index, { colour, percent }] of series.entries()) {
      const value = percent[place] ?? 0;
      const x = Math.round((left + index * barWidth) * 10) / 10;
      const height = Math.round((y(0) - y(value)) * 10) / 10;
      lines.push(`<rect x="${x}" y="${y(value)}" width="${barWidth}" height="${height}" fill="${colour}"/>`);
    }
    const middle = Math.round((left + slot * 0.4) * 10) / 10;
    lines.push(`<text x="${middle}" y="${HEIGHT - 10}" text-anchor="middle">${escaped(label)}</text>`);
  }
  return `${[...lines, '</svg>'].join('\n')}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
