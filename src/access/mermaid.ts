import type { Graph, GraphNode } from './graph.ts';
import { mermaidLabel } from './mermaid-label.ts';

/** People in rounded boxes, permission sets in square ones, Kubernetes groups in hexagons; what matters most in colour. */
const SHAPES = {
  people: ['(', ')'],
  nobody: ['(', ')'],
  role: ['[', ']'],
  group: ['{{', '}}'],
  master: ['{{', '}}'],
} as const satisfies Readonly<Record<GraphNode['kind'], readonly [string, string]>>;

const CLASSES = {
  master: 'fill:#b42318,stroke:#7a1a11,color:#ffffff',
  nobody: 'fill:#eeeeee,stroke:#888888,color:#555555,stroke-dasharray:4 4',
} as const;

/** The graph as a Mermaid flowchart, which GitHub and GitLab draw in a `mermaid` block. */
export function renderMermaid({ nodes, edges }: Graph): string {
  const lines = [
    'flowchart LR',
    ...nodes.map(({ id, text, kind }) => {
      const [open, close] = SHAPES[kind];
      return `${id}${open}${mermaidLabel(text)}${close}`;
    }),
    ...edges.map(([from, to]) => `${from} ${from.startsWith('nobody') ? '-.->' : '-->'} ${to}`),
    ...Object.entries(CLASSES).flatMap(([kind, style]) => {
      const ids = nodes.filter((node) => node.kind === kind).map(({ id }) => id);
      return ids.length === 0 ? [] : [`classDef ${kind} ${style}`, `class ${ids.join(',')} ${kind}`];
    }),
  ];
  return lines.map((line, index) => `${index === 0 ? '' : '  '}${line}\n`).join('');
}
