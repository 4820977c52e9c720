/** A way to a model: what to write into `parlance.toml`, and what to put into the environment instead. */
export interface Recipe {
  name: "ollama" | "local" | "hosted";
  file: string;
  environment: string;
}

export const RECIPES: Recipe[] = [
  {
    name: "ollama",
    file: '[[connections]]\nname = "ollama"\nkind = "ollama"\nbase_url = "http://127.0.0.1:11434"',
    environment: "OLLAMA_HOST=127.0.0.1:11434",
  },
  {
    name: "local",
    file: '[[connections]]\nname = "local"\nkind = "openai"\nbase_url = "http://127.0.0.1:8000/v1"',
    environment: "OPENAI_BASE_URL=http://127.0.0.1:8000/v1",
  },
  {
    name: "hosted",
    file: '[[connections]]\nname = "openai"\nkind = "openai"\nbase_url = "https://api.openai.com/v1"\napi_key_env = "MY_OPENAI_KEY"',
    environment: "OPENAI_API_KEY=…",
  },
];
