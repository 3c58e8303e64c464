// Starts the browser's Python in Node, with chalkgrad installed, and runs scripts in it, one after the other.
// node run.mjs SITE-PACKAGES NATIVE-PICTURES FOLDER SCRIPT…: each script has a function main(), which returns how much went
// wrong. It runs beside node_modules.
import { loadPyodide } from "pyodide";

const [site, native, folder, ...scripts] = process.argv.slice(2);
const begun = performance.now();
const pyodide = await loadPyodide();

function mount(place, real) {
  pyodide.FS.mkdirTree(place);
  pyodide.mountNodeFS(place, real);
}
mount(pyodide.runPython("import site; site.getsitepackages()[0]"), site);
mount("/native", native);
mount("/scripts", folder);
// What a page does, too: the module is served from somewhere, and loaded there or by Python.
globalThis.graphvizAddress = import.meta.resolve("@hpcc-js/wasm-graphviz");
pyodide.runPython("import sys; print(f'Python {sys.version.split()[0]} on {sys.platform}'); sys.path.insert(0, '/scripts')");
console.log(`started in ${((performance.now() - begun) / 1000).toFixed(1)} s, Node ${process.version}`);

let wrong = 0;
for (const script of scripts) {
  wrong += await pyodide.runPythonAsync(`__import__(${JSON.stringify(script)}).main()`);
}
process.exit(wrong ? 1 : 0);
