import type english from "./palette.en";

const words: typeof english = {
  open: "全部操作、对话与模型",
  shortcuts: "键盘快捷键",
  newChat: "新对话",
  focus: "转到输入框",
  settings: "设置",
  theme: "切换主题：浅色、深色、跟随系统",
  serif: "切换衬线与无衬线正文",
  language: "Switch to English",
  signOut: "退出登录",
  search: "输入想做的事",
  actions: "操作",
  threads: "对话",
  models: "模型",
  untitled: "无标题",
  nothing: "没有匹配的结果。",
  rebind: "更改快捷键",
  rebindAbout:
    "点击下面的快捷键，再按下新的组合键。按退格键取消快捷键，按 Esc 保持不变。设置保存在此浏览器中。",
  press: "请按组合键",
  none: "无",
  boundTo: "{title}：{keys}",
  unbound: "{title} 现在没有快捷键。",
  notAllowed: "不能使用 {keys}：它会输入字符，或被浏览器占用。",
  reset: "恢复默认",
};

export default words;
