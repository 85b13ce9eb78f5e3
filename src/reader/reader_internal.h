/* What the files of reader/ share. The way of the bytes: input (a file's bytes) → source (blocks of whole records,
 * under the file's lock) → cursor (a thread's block, parsed into batches without a lock). The formats are csv_*.c and
 * json_*.c. */
#ifndef CRISOL_READER_READER_INTERNAL_H
#define CRISOL_READER_READER_INTERNAL_H

#include "reader/input.h"
#include "base/names.h"
#include "reader/json_index.h"
#include "reader/reader.h"
#include "value/json_steps.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
  BLOCK_SIZE = 1024 * 1024,   /* bytes a thread takes at a time; more only where a record is longer */
  RECORD_SIZE_MAX = 1 << 30,  /* a longer record is refused */
  RAW_SIZE_MAX = 1024 * 1024, /* of a malformed record's raw text */
};
#define NO_COLUMN SIZE_MAX

/* How CSV is written, from struct reader_options. */
struct csv_dialect {
  char separator[8];
  size_t separator_length;
  char quote, escape, comment;
  bool has_quote, has_comment;
  bool multi_line;
  bool trim_leading, trim_trailing;
  bool has_null_value;
  struct text null_value, empty_value;
};

/* Where a record lies in its block, without its line end. */
struct record {
  uint32_t start, end;
  uint32_t line; /* line ends between the block's start and the record's */
  /* JSON, of records within documents: */
  uint32_t around;      /* which of the block's texts around records is its own, from 1; 0: none */
  unsigned char reason; /* enum reader_reason: why it is malformed, as far as is known without parsing it */
  /* JSON: its tokens among those of the block, where they were found with its end; 0: they were not */
  unsigned char oddities; /* enum json_oddity */
  uint32_t first_token, n_tokens;
};

struct json_beside;

/* Bytes that hold whole records; SCAN_WIDTH more bytes may be read behind them. Unescaping works in place. */
struct block {
  char *data;
  size_t length, capacity;
  struct record *records;
  size_t n_records, records_capacity;
  size_t file;
  enum encoding encoding;
  uint64_t line, offset; /* of the block's start, in the file */
  /* JSON documents: */
  struct text *around; /* what lies around records, as compact objects, in the arena */
  size_t n_around, around_capacity;
  struct arena arena;
  struct json_beside *beside;         /* that collects the keys around the records; NULL: nobody asks */
  enum json_index_kind wanted_tokens; /* JSON: of records */
  struct json_places tokens;
};

void block_add_record(struct block *block, size_t start, size_t end, size_t line);
/* Room for `wanted` bytes; a block that a long record made larger than usual gives its memory back first. */
void block_make_room(struct block *block, size_t block_size, size_t wanted);
void block_done(struct block *block);

/* What is known of the quotes ahead: a record that is still inside quotes at a line's start in (from, until] ends, by
 * the line end at `until` or broken there. Positions are in decoded bytes. See csv_split.c. */
struct csv_memo {
  uint64_t from, until;
  bool is_broken;
};

/* What the last scan of a JSON record over lines came to, and the brackets that the last broken one left open (their
 * places times two, plus one for an object, in order). See json_split.c. */
struct json_memo {
  uint64_t start, end;
  bool is_closed;
  uint64_t *open;
  size_t n_open;
};

/* A second look at a file, ahead of where it is split; it only moves forward. */
struct ahead {
  struct input *input;
  char *data;
  size_t start, length;
  uint64_t position; /* of data[0] */
  bool is_at_end;
};

/* LAYOUT_ARRAY: what stood last, and so what may follow. */
enum array_place {
  ARRAY_OUTSIDE, /* before the array, or behind it */
  ARRAY_OPENED,  /* behind its bracket: an element or the closing one */
  ARRAY_ELEMENT, /* behind an element: a comma or the closing bracket */
  ARRAY_COMMA,   /* behind a comma: an element */
  ARRAY_BROKEN,  /* behind a malformed element, which may have taken the comma with it: whatever comes */
};

struct reader_file {
  const char *path;
  struct input_identity identity;
  enum encoding encoding;
  size_t n_fields; /* CSV: of its header; JSON: different keys, in order of appearance */
  size_t *columns; /* [field] */
  bool *lacks;     /* CSV: [column] */
  enum reader_layout layout;
  struct reader_mark *marks; /* in the reader's arena, once they are found */
  size_t n_marks;
  bool has_records;         /* JSON: found when its keys were read */
  struct text header;       /* CSV: as it stands there; in the reader's arena */
  const uint64_t *selected; /* offsets of the records that are wanted, ascending: the selection's */
  size_t n_selected;
  atomic_uint_fast64_t n_records;
  atomic_uint_fast64_t taken; /* bytes from the disk */

  pthread_mutex_t lock; /* for what follows */
  bool is_finished;
  size_t block_size;
  struct input *input; /* open while the file is being split */
  bool is_at_end;      /* the input has no more bytes */
  char *carry;         /* bytes read and not yet split: [carry_start, carry_start + carry_length) */
  size_t carry_start, carry_length, carry_capacity;
  uint64_t position, line, offset; /* of the next byte to split: in decoded bytes, in lines, in the file's bytes */
  bool skips_header;
  size_t next_selected;
  struct csv_memo memo;
  struct ahead ahead;
  bool looks_for_layout; /* JSON, before the layout is known: stops at a record that goes over lines */
  enum array_place array_place;
  uint64_t line_start; /* JSON: decoded position of the current line */
  struct json_memo json_memo;
};

struct reader {
  struct arena arena;
  struct reader_options options;
  struct csv_dialect dialect;
  enum encoding encoding;
  unsigned json_flags;
  size_t block_size;
  struct reader_file *files;
  size_t n_files;
  struct name_set columns;
  struct json_steps steps;          /* of options.records */
  size_t document_column;           /* NO_COLUMN: none */
  const struct type *document_type; /* NULL: there is no key */
  bool is_selective;                /* only some records are wanted, as their bytes */
  atomic_size_t next_file;
};

/* The bytes of a block in `reader_open_sized`, so that tests can put a block's end anywhere. */
MUST_CHECK bool reader_open_sized(const char *const *paths, size_t n_paths, const struct reader_options *options,
                                  size_t n_threads, size_t block_size, struct reader **ret_reader, struct error *err);

/* What splitting a block's bytes came to. */
struct split {
  bool at_end;     /* in: nothing follows the block's bytes */
  size_t consumed; /* bytes split off, records and what lies between */
  uint64_t lines;  /* line ends in them */
  uint64_t needed; /* where nothing could be split off: bytes that the first record takes, 0 if not known */
};

/* source.c: opens a file for splitting, takes its next block (no records and `*ret_more` false at the end), closes it.
 */
MUST_CHECK bool source_start(struct reader *reader, struct reader_file *file, struct error *err);
MUST_CHECK bool source_take(struct reader *reader, struct reader_file *file, struct block *block, bool *ret_more,
                            struct error *err);
void source_stop(struct reader_file *file);
/* The second look from decoded position `from` on: ahead->data[ahead->start, ahead->length), at least a few bytes
 * unless the file ends with them (ahead->is_at_end). */
MUST_CHECK bool source_look_ahead(struct reader *reader, struct reader_file *file, uint64_t from, struct error *err);
/* Line ends in [from, to): LF, CRLF, CR. */
size_t count_line_ends(const char *data, size_t from, size_t to);
/* The index after the line end at `at`. */
static inline size_t after_line_end(const char *data, size_t at, size_t length)
{
  return at + (data[at] == '\r' && at + 1 < length && data[at + 1] == '\n' ? 2 : 1);
}

struct json_scratch;

/* What a record's fields are written to. */
struct row_writer {
  const struct csv_dialect *dialect;
  const struct reader *reader;
  struct json_scratch *json;
  struct text **text; /* [column][row], NULL where not wanted */
  unsigned char **kind;
  size_t n_columns;
  const size_t *slots; /* CSV: column of each field, NO_COLUMN where not wanted */
  size_t n_fields;
  struct arena *arena; /* lives as long as the batch */
};

/* Gives each file all columns of the reader, in their order. */
void reader_give_columns(struct reader *reader);
/* Takes the columns of the options, which every file has, in their order. */
void reader_take_columns(struct reader *reader);
bool csv_dialect_from(struct reader *reader, struct error *err);
bool csv_read_headers(struct reader *reader, struct error *err);
MUST_CHECK bool csv_split(struct reader *reader, struct reader_file *file, struct block *block, struct split *split,
                          struct error *err);
/* Goes over a record's fields, those that `writer` wants are written, escapes left as they are. Says whether its quotes
 * are in order, how many fields there are, and whether csv_parse would have something to unescape. */
enum reader_reason csv_fields(const struct row_writer *writer, char *data, size_t length, size_t row, size_t *ret_count,
                              bool *ret_has_escapes);
/* Parses a record into row `row`. Where it is malformed the row's fields are undefined. */
enum reader_reason csv_parse(const struct row_writer *writer, char *data, size_t length, size_t row);

bool json_read_keys(struct reader *reader, size_t n_threads, struct error *err);
MUST_CHECK bool json_split(struct reader *reader, struct reader_file *file, struct block *block, struct split *split,
                           struct error *err);
/* The layout by the file's first bytes; LAYOUT_LINES may turn out to be LAYOUT_TEXTS. */
enum reader_layout json_find_layout(struct reader *reader, struct reader_file *file, struct block *block, bool at_end);
/* Parses a record of the block into row `row`; the block's bytes are changed, unless the record is malformed. */
enum reader_reason json_parse(const struct row_writer *writer, const struct block *block, const struct record *record,
                              size_t row);

/* kept.c: what stands before a record that was kept. */
enum kept_form { KEPT_BYTES, KEPT_FIELDS };
struct kept_frame {
  uint64_t offset, line;
  uint32_t length, form; /* enum kept_form */
};
/* The frame of a record of the block. */
struct kept_frame kept_frame_at(const struct block *block, size_t record_start);
void kept_split(struct reader_file *file, struct block *block, struct split *split);
/* Gives the fields of a record that is kept as such. */
void kept_fill_fields(const struct row_writer *writer, struct text bytes, size_t row);

/* raw.c: a record's bytes as text, cut at RAW_SIZE_MAX; *ret_form (of enum raw_form) says how they are told. */
struct text raw_text(struct arena *arena, enum encoding encoding, struct text bytes, unsigned char *ret_form);

#endif
