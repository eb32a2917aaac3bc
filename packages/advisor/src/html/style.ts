import { PALETTE } from "./palette.ts";

const FILLS = Object.keys(PALETTE).filter((name) => /^[ksw]-/.test(name));

function variables(shade: 0 | 1): string {
  return Object.entries(PALETTE)
    .map(([name, shades]) => `--${name}:${shades[shade]}`)
    .join(";");
}

/** The style of the page. A class for each fill, because the page's policy forbids styles on single elements. */
export const STYLE: string = `
:root{color-scheme:light dark;${variables(0)}}
@media screen and (prefers-color-scheme:dark){:root{${variables(1)}}}
${FILLS.map((name) => `.${name}{fill:var(--${name})}`).join("")}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--page);color:var(--ink);font:400 1rem/1.55 Inter,"Helvetica Neue","Segoe UI","Liberation Sans",Arial,sans-serif;font-variant-numeric:tabular-nums lining-nums;overflow-wrap:anywhere}
.wrap{max-width:74rem;margin:0 auto;padding:0 clamp(1rem,4vw,2.5rem)}
a{color:var(--link);text-underline-offset:.18em;text-decoration-thickness:1px}
a:focus-visible,button:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:2px}
.skip{position:absolute;left:-100vw;top:0;padding:.5rem 1rem;background:var(--page)}
.skip:focus{left:0}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
h1,h2,h3,h4{line-height:1.22;letter-spacing:-.012em;margin:0;text-wrap:balance}
h1{font-size:clamp(1.5rem,1.2rem + 1.4vw,2.1rem);font-weight:650}
h2{font-size:1.4rem;font-weight:650;margin-top:3.5rem;padding-top:1.1rem;border-top:2px solid var(--ink);margin-bottom:.9rem}
h3{font-size:1.1rem;font-weight:650}
h4{font-size:.95rem;font-weight:650;margin-top:1.4rem}
p{margin:.6rem 0;max-width:68ch}
small,.small{font-size:.8125rem}
small,.quiet,.note,.eyebrow{color:var(--quiet)}
.note{font-size:.875rem;margin:.35rem 0}
header{padding:2rem 0 0}
.eyebrow{font-size:.875rem;margin:0 0 .4rem}
.example{display:inline-block;border:1px solid currentColor;border-radius:3px;padding:.05rem .45rem;color:var(--warn);font-weight:600;font-size:.8125rem}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.25rem;list-style:none;margin:1.25rem 0 0;padding:.6rem 0;border-top:1px solid var(--line);border-bottom:1px solid var(--line);font-size:.9375rem}
nav a{display:inline-block;padding:.2rem 0;text-decoration:none}
nav a:hover{text-decoration:underline}
.answer{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:1.5rem 3.5rem;margin-top:2rem}
.answer h2{border:0;margin:0;padding:0;font-size:1rem;font-weight:600;letter-spacing:0;color:var(--quiet)}
.big{font-size:clamp(2.4rem,1.7rem + 3.2vw,3.6rem);font-weight:680;letter-spacing:-.03em;line-height:1.1;margin:.15rem 0 .3rem}
.split{width:100%;border-collapse:collapse;margin-top:.4rem}
.split th,.split td{padding:.35rem 0;border-top:1px solid var(--line)}
.split td{padding-left:1rem}
.split small{white-space:nowrap}
.split th{font-weight:400;color:var(--ink)}
.split .key{margin-right:.35rem}
.whole{display:block;margin:.8rem 0 .2rem}
.warnings{margin:1.4rem 0 0;padding:.9rem 1.1rem;background:var(--panel);border-left:3px solid var(--warn);list-style:none;font-size:.9375rem}
.warnings li+li{margin-top:.3rem}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1rem 3rem;align-items:start}
figure{margin:1.4rem 0 0;min-width:0}
.pair>figure{display:grid;grid-template-rows:subgrid;grid-row:span 4;row-gap:0}
figcaption{font-weight:600}
.chart{display:block;overflow:visible;margin-top:.4rem;padding-left:3.4rem}
.chart rect{shape-rendering:crispEdges}
.chart g>rect{stroke:var(--page);stroke-width:.75}
.grid line{stroke:var(--line);shape-rendering:crispEdges}
.grid .zero{stroke:var(--quiet)}
.chart text{fill:var(--quiet);font-size:.75rem}
.mark path{fill:var(--k-again)}
.legend{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;margin:.35rem 0 0;padding:0;list-style:none;font-size:.875rem;color:var(--quiet)}
.key{vertical-align:-1px}
.key.mark,.key .mark{overflow:visible}
details{margin-top:.4rem;font-size:.9375rem;min-width:0}
summary{cursor:pointer;color:var(--link);font-size:.875rem;width:fit-content}
.scroll{overflow-x:auto;max-width:100%}
table{width:100%;border-collapse:collapse;font-size:.9375rem}
caption{text-align:left;font-size:.9375rem;font-weight:600;color:var(--ink);padding:0 0 .5rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .9rem .45rem 0;border-top:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
tbody th,tfoot th{font-weight:400}
thead th{border-top:0;border-bottom:1px solid var(--quiet);font-size:.8125rem;font-weight:600;color:var(--quiet);vertical-align:bottom}
tfoot th,tfoot td{color:var(--quiet)}
tfoot strong{color:var(--ink)}
.number{text-align:right;white-space:nowrap;overflow-wrap:normal}
thead .number{white-space:normal}
thead th{min-width:3rem}
th button{all:unset;cursor:pointer;font:inherit;color:inherit}
th button:hover{text-decoration:underline}
th button:focus-visible{outline:2px solid var(--link);outline-offset:2px}
th button{position:relative}
th button::after{position:absolute;left:100%;margin-left:.2em}
.number button::after{left:auto;right:100%;margin:0 .2em 0 0}
th[aria-sort=ascending] button::after{content:"\\2191"}
th[aria-sort=descending] button::after{content:"\\2193"}
.share,.drop{display:block;margin-top:.25rem}
.track{stroke:var(--line)}
.whisker{stroke:var(--ink);stroke-width:1.25}
.w-tested{fill:url(#hatch)}
.hatch-ground{fill:var(--w-tested)}
.hatch-line{fill:var(--page);opacity:.45}
.gap{margin-top:2rem}
.tag{display:inline-block;white-space:nowrap;font-size:.75rem;font-weight:600;border:1px solid currentColor;border-radius:3px;padding:0 .4rem;line-height:1.5;vertical-align:.06em;text-decoration:none}
.unchanged{color:var(--w-unchanged)}
.tested{color:var(--w-tested)}
article{margin-top:1.6rem;padding:1.3rem clamp(1rem,2.5vw,1.6rem) 1.5rem;border:1px solid var(--line);border-radius:6px}
article header{padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1rem;justify-content:space-between;align-items:baseline}
article h3{flex:1 1 18rem}
.saves{margin:0;font-size:1.35rem;font-weight:650;letter-spacing:-.015em}
.change{margin:1rem 0 0;padding:.8rem 1rem;background:var(--panel);border-left:3px solid var(--k-read);max-width:none}
.change strong{display:block;font-size:.8125rem;color:var(--quiet);font-weight:600}
.facts{margin-top:1.1rem;display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:0 3rem}
dl{display:grid;grid-template-columns:minmax(6.5rem,auto) 1fr;gap:.3rem 1rem;margin:0;font-size:.9375rem;align-content:start}
dt{color:var(--quiet)}
dd{margin:0}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;background:var(--panel);padding:.1em .35em;border-radius:3px}
tfoot tr:first-child>*{border-top-color:var(--quiet)}
.plain{padding-left:1.1rem;margin:.8rem 0}
.plain li+li{margin-top:.35rem}
footer{margin-top:4rem;padding:1.2rem 0 3rem;border-top:1px solid var(--line);font-size:.875rem;color:var(--quiet)}
@media (max-width:34rem){.minor{display:none}th,td{padding-right:.6rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}.split small{display:block;padding-left:1.2rem}}
@media print{html{font-size:9.5pt}.wrap{max-width:none;padding:0}nav,.skip,details{display:none}h2{margin-top:1.5rem}article,figure,tr{break-inside:avoid}h2,h3,h4,caption{break-after:avoid}.scroll{overflow:visible}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}a{color:inherit;text-decoration:none}}
`;
