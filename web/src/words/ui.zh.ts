import type english from "./ui.en";

const words: typeof english = {
  close: "关闭",
  cancel: "取消",
  ok: "确定",
  save: "保存",
  delete: "删除",
  copy: "复制",
  copied: "已复制",
  more: "更多",
  optional: "可不填",
  show: "显示",
  hide: "隐藏",
  dismiss: "知道了",
  working: "处理中",
  notifications: "消息",
  recipeWhich: "你有什么？",
  recipe_ollama: "Ollama",
  recipe_local: "自己的服务器",
  recipe_hosted: "托管的 API",
  recipeFile: "把以下内容写入 parlance.toml（位于服务器的启动目录或数据目录）：",
  recipeFileAt: "把以下内容写入 {file}：",
  recipeEnvironment: "或在启动服务器的环境中设置此变量：",
  variable: "环境变量",
};

export default words;
