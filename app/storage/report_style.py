"""How a report looks, on light ground and on dark."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --ground: #fff; --faint: #8883;
  --before: #9a6400; --after: #0072b2; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7e9ec; --ground: #191b1f; --before: #e69f00; --after: #58b0f0; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  color: var(--ink); background: var(--ground); }
h2 { margin: 2.5rem 0 .5rem; } h3 { margin: 1.5rem 0 .25rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem;
  font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; white-space: nowrap; width: 3.4rem;
  border-bottom: 1px solid var(--faint); }
th { font-weight: 600; font-size: .85rem; opacity: .8; }
th:first-child, td:first-child { text-align: left; padding-left: 0; width: auto;
  white-space: normal; overflow-wrap: anywhere; }
.big { display: flex; gap: 1rem 2.5rem; flex-wrap: wrap; }
.big div { font-size: 1.7rem; } .big small { display: block; font-size: .85rem; opacity: .75; }
.pairs { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); }
figure { margin: 0; } figure img { width: 100%; border-radius: 4px; }
figcaption { font-size: .8rem; overflow-wrap: anywhere; }
svg { max-width: 100%; height: auto; display: block; margin: .5rem 0 1rem; overflow: visible; }
svg text { font: 11px system-ui, sans-serif; fill: currentColor; }
.bar, .dot { fill: var(--after); } .axis { stroke: currentColor; opacity: .4; }
.line { stroke: var(--after); stroke-width: 2; fill: none; }
.before { color: var(--before); } .after { color: var(--after); }
"""
