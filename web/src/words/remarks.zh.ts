import type english from "./remarks.en";

/** What is remarked on documents, by code. */
const words: typeof english = {
  words_only: "只能按字词找到：知识库没有向量模型。",
  recutting: "正在重新切分，完成前仍按原来的切分查找。",
  uncut: "没有重新切分：{why}",
  undrawn: "它的图谱不完整：{why}",
  passages_undrawn: "它的图谱不完整：有 {count} 个段落没有得到可以读取的图谱。",
  encoding_guessed: "文件没有说明它的文字编码，已按 {encoding} 读取。如果不对，请另存为 UTF-8。",
  western_guessed: "文件没有说明它的文字编码，已按 Windows-1252（西欧）读取。如果不对，请另存为 UTF-8。",
  bytes_damaged: "文本中有些字节不是 UTF-8，已读作 \ufffd。",
  misnamed: "文件名以 {suffix} 结尾，但内容不是这种格式，已按实际格式读取。",
  pages_damaged: "已损坏而略过：第 {pages} 页。",
  pages_unread:
    "只有图片、没有文字而略过：第 {pages} 页。运行 `{command}` 可装上扩展 `{extra}`（从源码运行 Parlance 时，请在源码目录中运行），然后请重新启动 Parlance。",
  pictures_unseen: "图片非常多，只看了前 {count} 张。",
  pictures_damaged: "有 {count} 张图片无法读取。",
  picture_wordless: "这张图片里没有文字。",
  pictures_unknown: "其中没有文字，也不知道图片的内容。",
  uncaptioned: "有 {count} 张图片没有说明：{why}",
  captions_empty: "有 {count} 张图片没有说明：模型什么也没有说。",
  attachments_unread: "附件只列出名称，没有读取，请单独上传。",
  markup_endless: "网页中有一处隐藏的内容没有结束，其后的内容没有读取。",
  columns_unread: "有工作表超过 {columns} 列，更靠右的内容没有读取。",
  silent: "没有听到任何话语。",
  untimed: "记录语音的模型没有给出时间。",
};

export default words;
