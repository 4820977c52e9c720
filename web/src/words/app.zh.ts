import type english from "./app.en";

const words: typeof english = {
  name: "Parlance",
  skip: "跳到输入框",
  skipMain: "跳到正文",
  rail: "对话列表",
  railShow: "显示对话列表",
  railHide: "隐藏对话列表",
  main: "对话",
  margin: "对话旁栏",
  marginClose: "关闭旁栏",
  settings: "设置",
  palette: "全部操作",
  offline: "连接已断开。已写下的内容会保留，正在自动重试。",
  online: "连接已恢复。",
  loading: "正在打开",
  unreachable: "服务器没有响应。",
  unreachableHint: "请确认服务器正在运行，然后重试。",
  retry: "重试",
  missing: "这个地址没有内容。",
  home: "回到对话",
};

export default words;
