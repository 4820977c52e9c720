import type english from "./markdown.en";

const words: typeof english = {
  code: "代码",
  codeIn: "{language} 代码",
  copy: "复制",
  copyByHand: "浏览器不允许此页面复制。代码已选中，请用键盘复制。",
  diagram: "图表",
  diagramFailed: "无法绘制此图表。",
  diagramWrong: "无法绘制此图表：{why}",
  image: "图片",
  imageFrom: "从 {host} 打开",
  preview: "预览",
  previewHide: "收起预览",
  previewLarge: "内容过大，无法预览。",
  previewOf: "{language} 预览（无网络）",
  source: "源代码",
  table: "表格",
};

export default words;
