// Compiles Python in the Python that will run it, and packs it: node compile.mjs SITE-PACKAGES OUT, beside node_modules.
// packing.py, in SITE-PACKAGES, says what comes of it.
import { loadPyodide } from "pyodide";

const [given, out] = process.argv.slice(2);
const pyodide = await loadPyodide({ env: { HOME: "/home/pyodide", PYTHONNODEBUGRANGES: "1" } });
for (const [place, real] of [["/given", given], ["/out", out]]) {
  pyodide.FS.mkdirTree(place);
  pyodide.mountNodeFS(place, real);
}
const viz = await (await import("@viz-js/viz")).instance();
globalThis.chalkgradGraphviz = { layout: (dot, format, engine) => viz.renderString(dot, { format, engine }) };
await pyodide.runPythonAsync(`
import lzma, shutil, site, sys, tarfile  # what the page needs before there is anything else
begun = {*sys.modules}
sys.path.insert(0, "/given")
import packing
packing.pack("/given", "/out", begun)
`);
