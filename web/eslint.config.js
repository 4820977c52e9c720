import svelte from "eslint-plugin-svelte";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

// Types are svelte-check's business and form is prettier's; here stands what neither of them sees.
export default ts.config(
  { ignores: ["node_modules/", "public/", "src/api/types.ts"] },
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  ...svelte.configs.prettier,
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig } },
  },
  {
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-console": "error",
      "no-eval": "error",
      "no-new-func": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]",
          message: "Markup comes from Svelte; text that is markup goes through src/markdown.",
        },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-dynamic-delete": "off",
      "svelte/no-at-html-tags": "error",
      "svelte/no-unused-svelte-ignore": "off", // it does not know the compiler's newer warnings
      // Addresses are made by state/route, which honours <base>; there is no router of a framework here.
      "svelte/no-navigation-without-resolve": "off",
    },
  },
  {
    files: ["tests/**"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off", "no-restricted-syntax": "off" },
  },
  { files: ["src/markdown/**"], rules: { "no-restricted-syntax": "off", "svelte/no-at-html-tags": "off" } },
);
