/* The parts of a summary. */
#ifndef CRISOL_SUMMARY_SUMMARY_INTERNAL_H
#define CRISOL_SUMMARY_SUMMARY_INTERNAL_H

#include "summary/summary.h"

/* 64 bits of a text; of different texts they are different but for one chance in 2^64. */
uint64_t hash_text(struct text text);

/* values and how often they came */

struct counter {
  uint64_t hash, count;
  struct text text;
};

/* Open addressing; text NULL: free. Zeroed it is empty. */
struct counters {
  struct arena arena;
  struct counter *slots;
  size_t n_slots, count;
};

void counters_add(struct counters *counters, uint64_t hash, struct text text, uint64_t n);
/* Forgets the rarer half of what is counted, and as much of the count of the others: what is left is a lower bound. */
void counters_halve(struct counters *counters);
void counters_done(struct counters *counters);

/* how many different ones there are */

struct estimate {
  unsigned char *registers; /* HyperLogLog; NULL: nothing was added */
};

void estimate_add(struct estimate *estimate, uint64_t hash);
void estimate_merge(struct estimate *into, const struct estimate *from);
uint64_t estimate_count(const struct estimate *estimate);

/* Hashes, as long as none comes twice. */
struct followed {
  enum uniqueness uniqueness;
  uint64_t *slots;
  size_t n_slots, count;
};

void followed_add(struct followed *followed, uint64_t hash);
void followed_merge(struct followed *into, const struct followed *from);

/* a sample of numbers */

enum { SAMPLED = 8192 };

struct reservoir {
  double *values;
  size_t count, capacity;
  uint64_t seen, random;
};

void reservoir_add(struct reservoir *reservoir, double value);
void reservoir_merge(struct reservoir *into, const struct reservoir *from);
/* Sorts it. */
void reservoir_tell(struct reservoir *reservoir, double ret_quantiles[SUMMARY_QUANTILES]);

/* shapes */

enum shape_kind { SHAPE_OTHER, SHAPE_NUMBER, SHAPE_ISO, SHAPE_DATE };

/* How the numbers of a shape are written. */
struct number_form {
  unsigned marks;
  enum number_sign sign;
  bool has_plus, has_exponent, is_pointed;
  unsigned char start, end;    /* of digits and marks */
  unsigned char before, after; /* bytes at either end beside the sign: what stands around it */
  unsigned char whole, scale;
  char decimal; /* '\0': there is none */
};

enum { DATE_PARTS = 12, DATE_FORMS = 4, FORM_LENGTH = 64 };

/* A part of a date: 'N' one or two digits, 'Y' four, 'F' a fraction, 'M' the name of a month, 'P' AM or PM, 'Z' a
 * letter Z, 'O' an offset, 'W' a word as it is. */
struct date_part {
  char what;
  unsigned char start, length;
};

struct shape {
  uint64_t hash, count;
  struct text text;
  const char *example;
  enum shape_kind kind;
  struct number_form number;
  uint64_t n_padded, n_zero, n_refused; /* numbers that begin with a zero; of them those of one digit; what is none */
  struct date_part parts[DATE_PARTS];
  size_t n_parts, form; /* of the summary's date forms */
};

/* Dates whose parts follow one another in the same way. */
struct date_form {
  char text[FORM_LENGTH]; /* "N/N/Y N:N" */
  uint64_t count, bad[N_DATE_ORDERS];
  int64_t least[N_DATE_ORDERS], greatest[N_DATE_ORDERS]; /* microseconds; where one is good */
  unsigned languages;
  bool has_dot; /* behind names of months */
};

struct summary {
  uint64_t count;
  bool is_exact; /* all values are in `values`, and nothing else is filled */
  struct counters values;
  struct counters top; /* of one value of TOP_SHARE */
  uint64_t random;
  struct estimate estimate;
  struct followed followed;
  char *least, *greatest; /* by bytes */
  size_t least_length, greatest_length;
  struct arena arena; /* of the shapes */
  struct shape **shapes;
  size_t n_slots, n_shapes;
  bool has_all_shapes;
  struct shape *last;
  struct reservoir numbers;
  char *least_number, *greatest_number;
  double least_value, greatest_value;
  uint64_t n_iso, n_bad_iso;
  int64_t least_instant, greatest_instant;
  struct date_form forms[DATE_FORMS];
  size_t n_forms;
  char *odd;
  uint64_t n_json;
  struct json_shape *json;
};

/* Looks at the values of an exact summary, once. */
void summary_look_at_values(struct summary *summary);

/* Whether it is written as a number, and how. */
bool number_form_find(struct text value, struct number_form *ret_form);
/* The number of a value of that form; false where it is none: what was taken for an exponent. */
bool number_form_read(const struct number_form *form, struct text value, double *ret_number);

/* Whether its parts follow one another as those of a date; `ret_form` is how. */
bool date_form_find(struct text value, struct date_part parts[DATE_PARTS], size_t *ret_count,
                    char ret_form[FORM_LENGTH]);
/* Notes n such values; false where they are no date in any order. */
bool date_form_note(struct date_form *form, const struct shape *shape, struct text value, uint64_t n);
void date_form_tell(struct arena *arena, const struct summary *summary, struct date_facts *ret_facts);

/* The type of JSON values so far. */
struct json_shape;
struct json_shape *json_shape_new(struct arena *arena);
/* Notes a value; one that is no JSON has no type with the others. */
void json_shape_note(struct arena *arena, struct json_shape *shape, struct text value);
void json_shape_merge(struct arena *arena, struct json_shape *into, const struct json_shape *from);
/* NULL: no type holds all values as they are. */
const struct type *json_shape_type(struct arena *arena, const struct json_shape *shape);

#endif
