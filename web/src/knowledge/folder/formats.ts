/** Suffixes of what no parser of the server reads: the same as `parlance index` leaves out (cli/folder_plan.py). */
export const NEVER_READ: ReadonlySet<string> = new Set(
  (
    ".mp4 .m4v .mov .mkv .webm .avi .wmv .mpg .mpeg " +
    ".mp3 .mpga .m4a .m4b .oga .wav .flac .ogg .opus .aac .wma .avif .heic .psd " +
    ".zip .tar .gz .tgz .bz2 .xz .zst .7z .rar .jar .whl " +
    ".exe .dll .so .dylib .o .a .class .pyc .wasm .apk .deb .rpm .msi " +
    ".iso .img .dmg .db .sqlite .sqlite3 .gguf .onnx .safetensors .pt .npy " +
    ".parquet .ttf .otf .woff .woff2"
  ).split(" "),
);
