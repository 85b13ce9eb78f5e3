#include "reader/disguise.h"

/* The signatures are those that the formats' own documents give; each has a byte that no text begins with, or is long
 * enough that none will. */
static const struct {
  const char *bytes;
  size_t length;
  const char *what, *remedy;
} signatures[] = {
  { "\x1F\x8B", 2, "gzip", "Files that are compressed with gzip end in .gz: rename it." },
  { "\x28\xB5\x2F\xFD", 4, "Zstandard", "Files that are compressed with Zstandard end in .zst: rename it." },
  { "BZh", 3, "bzip2", "Decompress it first, or compress it with gzip (.gz) or Zstandard (.zst)." },
  { "\xFD"
    "7zXZ",
    6, "xz", "Decompress it first, or compress it with gzip (.gz) or Zstandard (.zst)." },
  { "\x04\x22\x4D\x18", 4, "LZ4", "Decompress it first, or compress it with gzip (.gz) or Zstandard (.zst)." },
  { "\xFF\x06\0\0sNaPpY", 10, "Snappy", "Decompress it first, or compress it with gzip (.gz) or Zstandard (.zst)." },
  { "7z\xBC\xAF\x27\x1C", 6, "7-Zip", "Take the files out of the archive first." },
  { "PK\x03\x04", 4, "zip", "Take the files out of the archive first; a workbook (.xlsx) is one: save it as CSV." },
  { "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8, "an old workbook's (.xls)", "Save it as CSV." },
  { "PAR1\x15", 5, "Parquet", "Set input_format: parquet." },
  { "Obj\x01", 4, "Avro", "Avro is not read; write it as Parquet or JSON lines." },
};

/* "BZh" is a text too; behind it bzip2 has a digit and the first block's mark, or the end's. */
static bool is_bzip2(const unsigned char *bytes, size_t length)
{
  static const char block[] = "1AY&SY", end[] = "\x17rE8P\x90";
  return length >= 10 && bytes[3] >= '1' && bytes[3] <= '9' &&
         (memcmp(bytes + 4, block, 6) == 0 || memcmp(bytes + 4, end, 6) == 0);
}

/* Every second byte of the first characters is zero: most of any language's text begins with a Latin name, a bracket or
 * a quote. */
static const char *utf16_of(const unsigned char *bytes, size_t length)
{
  if (length < 2)
    return NULL;
  if ((bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF))
    return "UTF-16";
  if (length < 4)
    return NULL;
  if (bytes[0] != 0 && bytes[1] == 0 && bytes[2] != 0 && bytes[3] == 0)
    return "UTF-16LE";
  return bytes[0] == 0 && bytes[1] != 0 && bytes[2] == 0 && bytes[3] != 0 ? "UTF-16BE" : NULL;
}

bool disguise_check(const char *path, const unsigned char *bytes, size_t length, enum encoding encoding,
                    struct error *err)
{
  for (size_t i = 0; i < ARRAY_LENGTH(signatures); i++) {
    if (length < signatures[i].length || memcmp(bytes, signatures[i].bytes, signatures[i].length) != 0 ||
        (bytes[0] == 'B' && !is_bzip2(bytes, length)))
      continue;
    fail(err, ERROR_DATA, NOWHERE, "file \"%s\" is no text: its bytes are %s", path, signatures[i].what);
    return add_hint(err, "%s", signatures[i].remedy);
  }
  const char *utf16 = encoding == ENCODING_UTF8 ? utf16_of(bytes, length) : NULL;
  if (utf16 == NULL)
    return true;
  fail(err, ERROR_DATA, NOWHERE, "file \"%s\" is no UTF-8 text: its bytes are %s", path, utf16);
  return add_hint(err, "Set options: { encoding: %s }.", utf16);
}
