/** A pull tokenizer for JSON text, with places, no allocation for plain tokens and a depth limit. It serves the JSON
 * reader, JSON Schema files and JSON functions. RFC 8259, plus what the flags allow (Spark's reader options). */
#ifndef CRISOL_VALUE_JSON_H
#define CRISOL_VALUE_JSON_H

#include "base/text.h"

enum json_token {
  JSON_END,          /* no more input */
  JSON_OBJECT_START, /* { */
  JSON_OBJECT_END,   /* } */
  JSON_ARRAY_START,  /* [ */
  JSON_ARRAY_END,    /* ] */
  JSON_NAME,         /* a member's name; its value follows */
  JSON_STRING,
  JSON_NUMBER,
  JSON_TRUE,
  JSON_FALSE,
  JSON_NULL,
  JSON_INVALID, /* `error` and `at` say what and where */
};

enum json_flags {
  JSON_STRICT = 0,
  JSON_ALLOW_COMMENTS = 1,
  JSON_ALLOW_UNQUOTED_NAMES = 2,
  JSON_ALLOW_SINGLE_QUOTES = 4,
  JSON_ALLOW_NON_NUMBERS = 8, /* NaN and infinities are numbers: json_is_non_number */
};

enum { JSON_MAX_DEPTH = 1000 };

struct json_reader {
  struct text input;
  unsigned flags;
  size_t at;         /* next byte to read */
  size_t start;      /* where the current token starts */
  struct text raw;   /* the current token as written (a string's without its quotes) */
  bool has_escapes;  /* the current string or name needs json_unescape */
  const char *error; /* JSON_INVALID: what was expected, a static text */
  size_t depth;
  unsigned char stack[JSON_MAX_DEPTH / 8 + 1]; /* bit: object (1) or array (0) */
  unsigned char state;                         /* what may come next */
  bool many;                                   /* several values may follow one another at the top */
};

/** Starts reading `input`; `many` lets values follow one another (JSON lines, concatenated JSON). */
void json_start(struct json_reader *reader, struct text input, unsigned flags, bool many);
enum json_token json_next(struct json_reader *reader);
/** Whether a number is NaN, Infinity, +Infinity, -Infinity, +INF or -INF. */
bool json_is_non_number(struct text raw);
/** Skips the rest of the value whose first token (`token`) was just read; false where it is invalid. */
bool json_skip(struct json_reader *reader, enum json_token token);
/** Adds the unescaped text of the current string or name. A lone surrogate becomes U+FFFD; returns false then. */
bool json_unescape(struct text raw, struct text_buffer *out);
/** How json_rewrite writes what may be written in several ways. */
struct json_style {
  /* The string or name that was just read, in quotes. */
  void (*add_string)(const struct json_reader *reader, struct text_buffer *out);
  void (*add_number)(struct text number, struct text_buffer *out);
  bool sorts_names; /* by bytes; otherwise a member stays where the first one of its name stood */
};
/** Adds one value without blanks and comments, of members with equal names the last one. False where the text is not
 * one value: nothing is added. */
bool json_rewrite(struct text input, unsigned flags, const struct json_style *style, struct text_buffer *out);
/** Adds one value as compact standard JSON: comments gone, names quoted, the last of equal keys only (where the first
 * of them stood), numbers as written. False where the text is not one value. */
bool json_compact(struct text input, unsigned flags, struct text_buffer *out);

#endif
