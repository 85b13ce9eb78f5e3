/** What the values of a column are, found while they pass by once: how many, how many different ones, the most
 * frequent, the least and the greatest, their shapes, and what they may be taken for (numbers as they are written here
 * or there, dates by their order, JSON). A summary belongs to one thread at a time; those of several threads are
 * merged. Memory is bounded, but for the hashes of values that are all different (SUMMARY_FOLLOWED of them). No I/O. */
#ifndef CRISOL_SUMMARY_SUMMARY_H
#define CRISOL_SUMMARY_SUMMARY_H

#include "base/text.h"
#include "value/type.h"

struct summary;

enum {
  SUMMARY_EXACT = 10000,              /* so many different values are counted; of more the number is estimated */
  SUMMARY_FOLLOWED = 4 * 1000 * 1000, /* so many values are followed as long as none comes twice */
  SUMMARY_SHAPES = 2000,              /* so many shapes are told apart */
  SUMMARY_QUANTILES = 4,              /* 25 %, 50 %, 75 %, 99 % */
};

/** An empty one. */
struct summary *summary_new(void);
/** Accepts a pointer to NULL. */
void summary_free(struct summary **summary);
/** Adds a value that is not null. */
void summary_add(struct summary *summary, struct text value);
/** Adds all that `from` has seen. */
void summary_merge(struct summary *into, const struct summary *from);

struct counted_text {
  struct text text;
  uint64_t count;
};

enum uniqueness { VALUES_REPEAT, VALUES_UNIQUE, VALUES_UNKNOWN };

/* How numbers are written: which marks were seen to be what. */
enum number_marks {
  MARK_DECIMAL_POINT = 1,
  MARK_DECIMAL_COMMA = 2,
  MARK_GROUP_POINT = 4,
  MARK_GROUP_COMMA = 8,
  MARK_GROUP_SPACE = 16,
  MARK_GROUP_APOSTROPHE = 32,
  MARK_DOUBTFUL_POINT = 64,  /* 1.234: a decimal point or one that groups */
  MARK_DOUBTFUL_COMMA = 128, /* 1,234 */
  MARK_EXPONENT = 256,
};

/* How negative numbers are written. */
enum number_sign {
  SIGN_NONE,
  SIGN_MINUS,
  SIGN_LONG_MINUS,
  SIGN_TRAILING,
  SIGN_PARENTHESES,
  SIGN_INNER,
  N_NUMBER_SIGNS
};

/** What a column's values are as numbers. */
struct number_facts {
  uint64_t count;             /* of the values that are numbers */
  unsigned marks;             /* enum number_marks */
  unsigned signs;             /* bits of enum number_sign, 1 << SIGN_NONE too */
  struct text before, after;  /* what stands around all of them, such as "$" */
  bool is_mixed;              /* it is not the same around all of them */
  bool has_plus, is_padded;   /* +5; 007 */
  bool has_pointed_exponent;  /* 1.5e3 or 1e-3: no code */
  int most_whole, most_scale; /* digits before and behind the last mark, a doubtful one taken for the decimal mark */
  int most_digits, least_digits;
  double quantiles[SUMMARY_QUANTILES]; /* a doubtful mark taken for the decimal mark */
  const char *least, *greatest;        /* as they are written; NULL: there is no number */
};

enum date_order { ORDER_DAY_FIRST, ORDER_MONTH_FIRST, ORDER_YEAR_FIRST, N_DATE_ORDERS };

/** What a column's values are as dates of one form. */
struct date_facts {
  uint64_t count;                                             /* of the values that have the form */
  uint64_t bad[N_DATE_ORDERS];                                /* of these, those that are no date in the order */
  const char *least[N_DATE_ORDERS], *greatest[N_DATE_ORDERS]; /* as ISO-8601; NULL: none is one */
  char pattern[N_DATE_ORDERS][80]; /* of DateTimeFormatter; "": the form has not this order */
  bool has_time, has_zone;
  bool is_named, has_dot;      /* months have names, and dots behind these */
  unsigned month_languages;    /* in which languages all of them are names: see locale_find_month */
  const char *const *examples; /* one of each shape */
  size_t n_examples;
};

/** What a column's values are as ISO-8601. */
struct iso_facts {
  uint64_t count, bad; /* of the values that begin like a date, and of those that are none */
  bool has_time, has_zone;
  const char *least, *greatest;
};

struct summary_facts {
  uint64_t count, distinct;
  bool is_exact; /* distinct is counted, not estimated */
  enum uniqueness uniqueness;
  struct text least, greatest; /* by bytes */
  const struct counted_text *top;
  size_t n_top; /* all values, where it is distinct */
  bool is_top_exact;
  const struct counted_text *shapes; /* digits are 9, letters A and a; the most frequent first */
  size_t n_shapes;
  bool has_all_shapes;
  const char *odd; /* a value that is neither number, date nor ISO-8601; NULL: none */
  struct number_facts numbers;
  struct date_facts dates; /* of the most frequent form */
  struct iso_facts iso;
  uint64_t n_json;           /* values that are a JSON object or array */
  const struct type *nested; /* the type that holds all of them without loss; NULL: there is none */
};

/** Tells what was seen; nothing may be added after that. Texts live in the arena. */
void summary_tell(struct arena *arena, struct summary *summary, struct summary_facts *ret_facts);

#endif
