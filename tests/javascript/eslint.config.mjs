/* What the page's own scripts are held to; NiiVue's bundle is not ours. */
import js from "@eslint/js";
import globals from "globals";

const STATIC = "rnapp/ui/static";

export default [
  {ignores: [`${STATIC}/niivue.umd.js`]},
  js.configs.recommended,
  {
    rules: {
      "no-unused-vars": "error", "eqeqeq": "error", "no-var": "error", "prefer-const": "error",
      "no-implicit-globals": ["error", {lexicalBindings: true}], "no-shadow": "error", "no-param-reassign": "error",
      "no-self-compare": "error", "no-use-before-define": ["error", {functions: false}], "curly": ["error", "multi-line"],
      "no-eval": "error", "no-implied-eval": "error", "no-new-func": "error", "consistent-return": "error",
      "max-lines": ["error", 200], "max-lines-per-function": ["error", 60], "max-depth": ["error", 4],
    },
    linterOptions: {reportUnusedDisableDirectives: "error"},
  },
  {files: [`${STATIC}/viewer.js`, `${STATIC}/viewer/*.js`],
    languageOptions: {sourceType: "module", globals: globals.browser}},
  {files: [`${STATIC}/room.js`], languageOptions: {sourceType: "script", globals: globals.browser}},
  // Bodies of functions that Gradio calls with these (js_on_load); hence no globals of their own.
  {files: [`${STATIC}/on_load/*.js`],
    languageOptions: {sourceType: "commonjs", globals: {
      ...globals.browser, element: "readonly", trigger: "readonly", watch: "readonly", require: "off", exports: "off",
      module: "off"}}},
];
