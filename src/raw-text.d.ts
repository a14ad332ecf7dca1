declare module '*?raw' {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: the form of vite's text imports
  export default text;
}
