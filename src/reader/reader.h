/** The text readers: CSV and JSON files become records, faithfully, in parallel, with the place of each.
 * A reader knows nothing of an engine: it fills a batch of columns of text views, and the engine copies them into its
 * vectors. No dialect or type is guessed. Every malformed record is given, with its reason and raw bytes, beside its
 * unharmed neighbours. Life: reader_open (reads headers or, for JSON, keys), then any number of threads each with a
 * cursor: reader_cursor_open, reader_cursor_next until 0, reader_cursor_close; then reader_close. */
#ifndef CRISOL_READER_READER_H
#define CRISOL_READER_READER_H

#include "reader/remote.h"
#include "value/type.h"

enum reader_format { READER_CSV, READER_JSON };

/** How the records of a JSON file lie in it. */
enum reader_layout {
  LAYOUT_UNKNOWN,
  LAYOUT_LINES, /* no record goes over a line's end */
  LAYOUT_TEXTS, /* records one after another, over lines */
  LAYOUT_ARRAY, /* the elements of one array */
};

struct reader_options {
  enum reader_format format;
  struct remote remote; /* for paths that are not in the file system */
  /* What is known of the files beforehand, so that they are not read for it: the columns of JSON and of CSV without a
   * header (NULL: not known), and how JSON is laid out. Kept while the reader is open. */
  const char *const *columns;
  size_t n_columns;
  enum reader_layout layout;
  /* CSV: names of the columns by position, whatever a header says; NULL: the header's. Kept while the reader is open.
   */
  const char *const *names;
  size_t n_names;
  bool kept;      /* the files are of kept records (kept.h); they have the columns above, too, where they are given */
  bool gives_raw; /* the bytes of sound records too, not only of malformed ones; not of kept ones */
  uint64_t first_offset, first_line; /* of a part of a file: what lies before it */
  uint64_t mark_distance;            /* at least so many bytes lie between two marks; 0: no marks are wanted */
  /* csv */
  bool header;
  bool multi_line;         /* false: a record ends at the first line end, even inside quotes */
  char separator[8];       /* UTF-8, 1 to 4 bytes */
  unsigned char quote;     /* 0: no quoting */
  unsigned char escape;    /* the quote itself unless set */
  unsigned char comment;   /* 0: none */
  const char *null_value;  /* NULL: an empty unquoted field is null */
  const char *empty_value; /* what "" reads as; NULL: the empty string */
  bool trim_leading, trim_trailing;
  const char *encoding; /* NULL: UTF-8; else UTF-16, UTF-16LE, UTF-16BE, ISO-8859-1, windows-1252 */
  /* json */
  const char *records; /* the path of the records in each document (value/json_steps.h); NULL: documents are records */
  bool document;       /* with a path: what lies around the records is a column, READER_DOCUMENT, the last one */
  const char *const *document_keys; /* the keys of the document that are wanted in it, in any case; NULL: all */
  size_t n_document_keys;
  bool allow_comments;
  bool allow_unquoted_names;
  bool allow_single_quotes;
};

/** Why a record is malformed; reader_reason_name gives the word in `malformed:<reason>`. */
enum reader_reason {
  READER_OK = 0,
  READER_TOO_FEW_FIELDS,
  READER_TOO_MANY_FIELDS,
  READER_UNCLOSED_QUOTE,
  READER_TEXT_AFTER_QUOTE,
  READER_INVALID_TEXT, /* bytes that are not text in the encoding */
  READER_INVALID_JSON,
  READER_NOT_AN_OBJECT, /* a scalar or an array as record */
  READER_TOO_DEEP,      /* JSON nested past the limit */
  READER_NO_RECORDS,    /* a document, or a part of it, that has nothing at the path of the records */
  /* of Parquet, which the engine reads */
  READER_MAP_KEY,      /* a map with a key twice, or a null one */
  READER_OUT_OF_RANGE, /* a time that no timestamp holds */
  N_READER_REASONS
};
/** Its name in the quarantine: "unclosed_quote". Static. */
const char *reader_reason_name(enum reader_reason reason);

/** What a JSON value was, beside its text. */
enum reader_kind { KIND_MISSING, KIND_NULL, KIND_STRING, KIND_NUMBER, KIND_BOOLEAN, KIND_OBJECT, KIND_ARRAY };

/** The column of what lies around the records of a document: the document itself, in which each array on the way is
 * replaced by the element that the record lies in, and the record is left out. Compact JSON. */
#define READER_DOCUMENT "_document"

struct reader;
struct reader_cursor;

/** Opens files and objects (already globbed, in the order in which ties are broken). CSV: reads each file's header; the
 * columns are those of all headers in order of first appearance. JSON: reads the files once for their keys. Fails with
 * ERROR_CONFIG for duplicate header names, ERROR_ENVIRONMENT for a file that cannot be read, is a directory, or whose
 * gzip is cut short. `ret_missing` pairs are logged by the caller through reader_missing(). */
MUST_CHECK bool reader_open(const char *const *paths, size_t n_paths, const struct reader_options *options,
                            size_t n_threads, struct reader **ret_reader, struct error *err);
/** Closes the files; no cursor may be open. Accepts a pointer to NULL. */
void reader_close(struct reader **reader);
/** Starts over: the next cursors read all files again, and the counts are zero. No cursor may be in use. */
void reader_rewind(struct reader *reader);

/** Which records of each file are wanted: their offsets, ascending. */
struct reader_selection {
  const uint64_t *const *offsets; /* [file] */
  const size_t *counts;           /* [file] */
};
/** From the next start on, only these records are given, as their bytes (raw, raw_length, form) and their place, and no
 * column of any is set. What lies between is moved over where the file allows that. NULL: all records, in columns. Kept
 * until the next call. */
void reader_select(struct reader *reader, const struct reader_selection *selection);

/** How many columns the files have together. */
size_t reader_column_count(const struct reader *reader);
/** Whether the files, once opened, are known to hold neither a record nor the name of a column: they have no byte,
 * nothing but blank lines and a byte order mark, or an empty JSON array. */
bool reader_is_blank(const struct reader *reader);
/** The name of one, in the order of the first file that has it. Lives as long as the reader. */
const char *reader_column_name(const struct reader *reader, size_t column);
/** The type of READER_DOCUMENT by the keys of all documents: a struct of strings, JSON for arrays, and of structs; NULL
 * where the reader has no such column, or has found no key. */
const struct type *reader_document_type(const struct reader *reader);
/** The columns that a file has, in its own order; the others are null there. Lives as long as the reader. */
const size_t *reader_file_columns(const struct reader *reader, size_t file, size_t *ret_count);
/** The header of a CSV file as it stands there, without its line end; no data (NULL) where the file has none. */
struct text reader_file_header(const struct reader *reader, size_t file);
/** How a JSON file is laid out. */
enum reader_layout reader_file_layout(const struct reader *reader, size_t file);
/** A place in a file at which a line and a record begin. */
struct reader_mark {
  uint64_t offset, line; /* bytes and line ends before it */
};
/** Looks through the large CSV files on a disk for marks, at line ends of those that no quote can hold. */
MUST_CHECK bool reader_find_marks(struct reader *reader, struct error *err);
/** The marks that reader_find_marks has found, or the reading of a JSON file's keys; none where the file is compressed,
 * in another encoding, or no record a line. Between two of them it may be read as a file of its own, whose columns of
 * CSV are the reader's by their position. */
const struct reader_mark *reader_file_marks(const struct reader *reader, size_t file, size_t *ret_count);
/** Uncompressed bytes to read, where known without reading (compressed: the compressed size), and bytes taken so far.
 */
uint64_t reader_total_bytes(const struct reader *reader);
/** Of these, how many were taken; from any thread. */
uint64_t reader_done_bytes(const struct reader *reader);
/** Records split off so far, by file: counted where bytes become records, apart from what the stages count. */
uint64_t reader_records(const struct reader *reader, size_t file);

enum { READER_BATCH = 2048 };

/** How a record is told as a text: as it is; or, where some of its bytes are no text in the encoding, those as \\xNN
 * and each backslash doubled, so that the bytes can be had back. And whether there was more of it. */
enum raw_form { RAW_TEXT = 0, RAW_ESCAPED = 1, RAW_CUT = 2 /* added to either */ };

/** One batch of records in columns. Field c of record r: text[c][r] with kind[c][r]. For CSV, kind is KIND_STRING or
 * KIND_NULL (KIND_MISSING where the file lacks the column). JSON strings are given unescaped, numbers with every digit,
 * nested values as compact standard JSON (comments gone, names quoted, last of equal keys only, order kept). All text
 * is valid UTF-8 without the surrogate halves. The views live until the cursor's next call. */
struct reader_batch {
  size_t count;
  struct text **text;    /* [column][record] */
  unsigned char **kind;  /* [column][record], enum reader_kind */
  uint32_t *file;        /* index into paths */
  uint64_t *line;        /* of the record's start, from 1 */
  uint64_t *offset;      /* of the record's start in the decompressed file */
  unsigned char *reason; /* enum reader_reason; not READER_OK: all columns are KIND_NULL */
  /* of malformed records; of all that were selected, or where the options ask for them */
  struct text *raw;     /* raw bytes as text, others as \xNN, cut at 1 MiB */
  uint64_t *raw_length; /* bytes before cutting */
  unsigned char *form;  /* enum raw_form, of raw */
  bool is_raw;          /* raw is all that there is of any record */
};

/** `wanted[c]` false: the column is not needed and is left unset. `wanted` is copied. */
MUST_CHECK bool reader_cursor_open(struct reader *reader, const bool *wanted, struct reader_cursor **ret_cursor,
                                   struct error *err);
/** Fills the cursor's batch; count 0 at the end. Safe from several threads, each with its own cursor. */
MUST_CHECK bool reader_cursor_next(struct reader_cursor *cursor, const struct reader_batch **ret_batch,
                                   struct error *err);
/** Accepts a pointer to NULL. */
void reader_cursor_close(struct reader_cursor **cursor);

#endif
