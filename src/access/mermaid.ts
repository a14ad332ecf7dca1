import { printable } from '../text.ts';
import type { Graph, GraphNode, NodeKind } from './graph.ts';

/**
 * People in rounded boxes, permission sets in square boxes, Kubernetes groups in hexagons, access policies in pills;
 * routes to cluster admin in color.
 */
const SHAPES = {
  people: ['(', ')'],
  iam: ['[[', ']]'],
  role: ['[', ']'],
  group: ['{{', '}}'],
  admin: ['{{', '}}'],
  policy: ['([', '])'],
  adminPolicy: ['([', '])'],
  binding: ['[/', '/]'],
  adminBinding: ['[/', '/]'],
  nobody: ['(', ')'],
  unread: ['(', ')'],
} as const satisfies Readonly<Record<NodeKind, readonly [string, string]>>;

const DANGER = 'fill:#b42318,stroke:#7a1a11,color:#ffffff';

const CLASSES = {
  admin: DANGER,
  adminPolicy: DANGER,
  adminBinding: DANGER,
  nobody: 'fill:#eeeeee,stroke:#888888,color:#555555,stroke-dasharray:4 4',
  unread: 'fill:#fff4ce,stroke:#9a6700,color:#4d3800,stroke-dasharray:4 4',
} as const;

/** Meaning of the shapes and colors. */
const LEGEND: Readonly<Record<NodeKind, string>> = {
  people: 'Identity Center user or group',
  iam: 'IAM role, IAM user or whole account',
  role: 'permission set @ account',
  group: 'Kubernetes group',
  admin: 'Kubernetes group of cluster admins',
  policy: 'EKS access policy and its scope',
  adminPolicy: 'EKS access policy of cluster admins',
  binding: 'role and where it is bound',
  adminBinding: 'role that grants cluster admin, directly or in one more step',
  nobody: 'grants no access',
  unread: 'could not be read: access unknown',
};

/**
 * The graph as a Mermaid flowchart, which GitHub and GitLab draw in a `mermaid` block, with a legend of the shapes used.
 * @param asOf when AWS was read; null if it was not
 */
export function renderMermaid(graph: Graph, asOf: string | null): string {
  const { nodes, edges, clusters, subject } = graph;
  if (nodes.length === 0) return 'flowchart LR\n';
  const free = nodes.filter(({ cluster }) => cluster === null);
  const legend = legendOf(nodes);
  const title = [...subject, ...(asOf === null ? [] : [`as of ${asOf}`])].join(', ');
  const lines = [
    ...(asOf === null ? [] : [`%% as of ${printable(asOf)}`]),
    ...free.map(nodeLine),
    ...clusters.flatMap((name, index) =>
      subgraph(
        `cluster${index + 1}`,
        name,
        nodes.filter(({ cluster }) => cluster === index),
      ),
    ),
    ...edges.map(([from, to]) => `${from} ${from.startsWith('nobody') ? '-.->' : '-->'} ${to}`),
    ...subgraph('legend', title === '' ? 'Legend' : title, legend),
    ...Object.entries(CLASSES).flatMap(([kind, style]) => {
      const ids = [...nodes, ...legend].filter((node) => node.kind === kind).map(({ id }) => id);
      return ids.length === 0 ? [] : [`classDef ${kind} ${style}`, `class ${ids.join(',')} ${kind}`];
    }),
  ];
  return `flowchart LR\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function nodeLine({ id, text, kind }: GraphNode): string {
  const [open, close] = SHAPES[kind];
  return `${id}${open}${mermaidLabel(text)}${close}`;
}

function subgraph(id: string, title: string, nodes: readonly GraphNode[]): string[] {
  return [`subgraph ${id}[${mermaidLabel(title)}]`, ...nodes.map((node) => `  ${nodeLine(node)}`), 'end'];
}

function legendOf(nodes: readonly GraphNode[]): GraphNode[] {
  const kinds = (Object.keys(SHAPES) as NodeKind[]).filter((kind) =>
    nodes.some((node) => node.kind === kind),
  );
  return kinds.map((kind) => ({ id: `legend${kind}`, text: LEGEND[kind], kind, cluster: null }));
}

// Not escaped, to keep the source readable: a period, colon or hyphen in a word, an `@` between words, a comma, a
// space.
const HARMLESS =
  /[\p{L}\p{N}]|(?<=[\p{L}\p{N}])(?:(?<!\bwww)[.:](?=[\p{L}\p{N}])|:(?= )|-)|(?<= )@(?= )|(?<=\S)[ ,]/u;
const EACH = new RegExp(`(${HARMLESS.source})|.`, 'gsu');
/** Mermaid reads this as an icon even if the rest is escaped. */
const ICON = /(?<=fa[bklrs]?:)(?=fa-)/g;

/**
 * Text as a node label. Characters with a meaning to Mermaid, to the Markdown in its labels (Mermaid 11.4 renders an
 * email address as "Unsupported markdown") or to the surrounding page become entity codes.
 */
export function mermaidLabel(text: string): string {
  const encoded = printable(text).replace(
    EACH,
    (character, harmless: string | undefined) => harmless ?? `#${character.codePointAt(0)};`,
  );
  return `"${encoded.replace(ICON, '#8203;')}"`;
}
