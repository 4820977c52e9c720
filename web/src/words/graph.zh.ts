import type english from "./graph.en";

const words: typeof english = {
  part: "图谱",
  about: "文档中提到的事物及其关系。提问时会从问题中的名称出发，找到与之相关的内容。",
  find: "按名称查找",
  look: "查找",
  off: "这个知识库没有图谱。可以更改知识库的人能在设置中打开它。",
  extent: "{entities} 个实体，{relations} 个关系",
  underway: "· 已为图谱读取 {drawn} / {chunks} 个段落",
  commonest: "返回提到最多的实体",
  entities: "提到最多的实体",
  nearby: "图谱的这一部分",
  none: "图谱中没有包含这些字的名称。",
  empty: "图谱还是空的。模型读取段落时它会逐渐增长。",
  relations: "相关",
  related: "相关",
  linkTo: "{kind} →",
  linkFrom: "← {kind}",
  passages: "提到它的段落",
  spokenOf: "见于 {count} 个段落",
  on: "为内容绘制图谱",
  onHint: "模型会把每个段落读一遍并记下其中提到的事物，搜索便能找到两步之外的内容。关闭后图谱会被删除。",
  model: "绘制图谱的模型",
  modelUsual: "默认模型",
  follow: "沿图谱查找",
  way: "经由图谱：{way}",
};
export default words;
