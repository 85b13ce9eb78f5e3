/** What the kinds of data share: random numbers, formatting by hand, the table of kinds. */
#ifndef CRISOL_GENERATE_GENERATE_INTERNAL_H
#define CRISOL_GENERATE_GENERATE_INTERNAL_H

#include "generate/generate.h"

#include <string.h>

/* -- random numbers: xoshiro256**, seeded by splitmix64
 * ---------------------------------------------------------------- */

struct random {
  uint64_t state[4];
};

/** A sequence of its own for each (seed, stream). */
void random_seed(struct random *random, uint64_t seed, uint64_t stream);

static inline uint64_t random_next(struct random *random)
{
  uint64_t *s = random->state;
  uint64_t product = s[1] * 5, result = (product << 7 | product >> 57) * 9, shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = s[3] << 45 | s[3] >> 19;
  return result;
}

/** A number from `low` to `high`, both included; the span is below 2^32. */
static inline int64_t random_between(struct random *random, int64_t low, int64_t high)
{
  uint64_t span = (uint64_t)(high - low) + 1;
  return low + (int64_t)((random_next(random) >> 32) * span >> 32);
}

/** A number from 0 to `n` - 1, for any n. */
static inline uint64_t random_below(struct random *random, uint64_t n)
{
  __extension__ typedef unsigned __int128 wide;
  return (uint64_t)((wide)random_next(random) * n >> 64);
}

/** A number from 0 to 1, 1 excluded. */
static inline double random_real(struct random *random)
{
  return (double)(random_next(random) >> 11) * 0x1p-53;
}

/* -- output: into a buffer with room for the longest row
 * ----------------------------------------------------------------- */

struct output {
  char *at;
};

static inline void put_text(struct output *output, const char *text, size_t length)
{
  memcpy(output->at, text, length);
  output->at += length;
}

#define put_literal(output, literal) put_text(output, literal, sizeof(literal) - 1)

static inline void put_string(struct output *output, const char *string)
{
  put_text(output, string, strlen(string));
}

static inline void put_char(struct output *output, char c)
{
  *output->at++ = c;
}

/** `width` digits, zeros in front. */
void put_padded(struct output *output, uint64_t value, int width);
void put_integer(struct output *output, int64_t value);
/** As Python writes a float: `value` / 10^digits without zeros at the end but for one behind the point: 5.0, 123.4. */
void put_float(struct output *output, int64_t value, int digits);
/** "2024-01-15", `separator`, "10:20:30". */
void put_seconds(struct output *output, int64_t seconds, char separator);
/** `count` characters of A-Z and 0-9, an even number of at most 12. */
void put_code(struct output *output, struct random *random, int count);

/* -- kinds
 * --------------------------------------------------------------------------------------------------------------- */

/** One file that is being made. */
struct batch {
  const struct generate_options *options; /* with all defaults filled in */
  struct random random;
  uint64_t first_row; /* the number of the file's first row */
  uint64_t row;       /* the number of the row that is made */
  uint64_t errors[GENERATE_MAX_KINDS];
  uint64_t duplicates;
  void *recent; /* the kind's own rows that may be repeated: RECENT of them */
  uint64_t n_recent;
};

enum {
  RECENT = 64,
  ROW_SIZE = 2048, /* bytes, more than any row has */
  NO_ERROR = -1,
};

/** Which error the row gets: an index of the kind's names, or NO_ERROR. */
int batch_choose_error(struct batch *batch, size_t n_kinds);
/** Whether the row repeats another, and the place of that one in `recent`. */
bool batch_choose_repeated(struct batch *batch, size_t *ret_index);
/** The place in `recent` for a row that may be repeated. */
size_t batch_add_recent(struct batch *batch);

struct generate_kind {
  const char *name;
  const char *file_prefix, *file_suffix; /* of a file's name, around its number */
  const char *header;                    /* NULL: none */
  const char *const *errors;
  size_t n_errors;
  uint64_t rows, rows_per_file; /* the seed's */
  double error_rate;
  size_t recent_size; /* of one row in `recent` */
  void (*write_row)(struct batch *batch, struct output *output);
};

extern const struct generate_kind generate_payments, generate_events;

#endif
