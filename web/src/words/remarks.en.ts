/** What is remarked on documents, by code: the same sentences as in `src/parlance/values/remarks.py`. */
export default {
  words_only: "It is found by its words only: the base has no embedder.",
  recutting: "It is being cut anew, and found as it was until then.",
  uncut: "It was not cut anew: {why}",
  undrawn: "Its graph is not whole: {why}",
  passages_undrawn: "Its graph is not whole: {count} of its passages gave no graph that could be read.",
  encoding_guessed:
    "The file does not say how its letters are encoded; it was read as {encoding}. If that is wrong, save it as UTF-8.",
  western_guessed:
    "The file does not say how its letters are encoded; it was read as Windows-1252 (Western European). If that is wrong, save it as UTF-8.",
  bytes_damaged: "Some bytes of this text are no UTF-8; they were read as �.",
  misnamed: "Its name ends in {suffix}, which it is not: it was read as what it is.",
  pages_damaged: "Damaged and left out: {count:page|pages} {pages}.",
  pages_unread:
    "Pictures without text, left out: {count:page|pages} {pages}. `{command}`{checkout: in the checkout|} brings the extra `{extra}`; then start Parlance again.",
  pictures_unseen: "It has very many pictures: only the first {count} were looked at.",
  pictures_damaged: "{count} of its pictures could not be read.",
  picture_wordless: "There are no words in this picture.",
  pictures_unknown: "There are no words in it, and nothing is known of its pictures.",
  uncaptioned: "No caption for {count} of its pictures: {why}",
  captions_empty: "No caption for {count} of its pictures: the model said nothing.",
  attachments_unread: "Attachments are named and not read: upload them by themselves.",
  markup_endless: "Something on this page that is hidden never ends; what follows was not read.",
  columns_unread: "A sheet is wider than {columns} columns; what stands further to the right was not read.",
  silent: "No words were heard in it.",
  untimed: "The model that wrote it down told no times.",
};
