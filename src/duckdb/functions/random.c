/* Numbers by chance, as Spark makes them of a seed: its XORShiftRandom under java.util.Random's methods, and the
 * Mersenne Twister of commons-math for shuffle(). Each row's value is that of its number in the sequence. Sequences are
 * remembered at every STRIDE-th row, so that threads that see rows in any order each begin near to theirs. */
#include "duckdb/functions/internal.h"

#include "value/strict_math.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

enum { STRIDE = 1024, MAX_SEQUENCES = 1024 };

struct generator {
  uint64_t state;
  double spare; /* the second of a pair of normal numbers */
  bool has_spare;
};

static uint32_t rotate_left(uint32_t value, int by)
{
  return value << by | value >> (32 - by);
}

/* scala.util.hashing.MurmurHash3.bytesHash of eight bytes. */
static uint32_t hash_bytes(const unsigned char bytes[8], uint32_t seed)
{
  uint32_t hash = seed;
  for (size_t i = 0; i < 8; i += 4) {
    uint32_t block =
        (uint32_t)bytes[i] | (uint32_t)bytes[i + 1] << 8 | (uint32_t)bytes[i + 2] << 16 | (uint32_t)bytes[i + 3] << 24;
    hash ^= rotate_left(block * 0xCC9E2D51u, 15) * 0x1B873593u;
    hash = rotate_left(hash, 13) * 5 + 0xE6546B64u;
  }
  hash ^= 8;
  hash = (hash ^ hash >> 16) * 0x85EBCA6Bu;
  hash = (hash ^ hash >> 13) * 0xC2B2AE35u;
  return hash ^ hash >> 16;
}

static struct generator generator_of(int64_t seed)
{
  unsigned char bytes[8];
  for (size_t i = 0; i < 8; i++)
    bytes[i] = (unsigned char)((uint64_t)seed >> (56 - 8 * i));
  uint32_t low = hash_bytes(bytes, 0x3C074A61u);
  return (struct generator){ .state = (uint64_t)hash_bytes(bytes, low) << 32 | low };
}

static uint32_t next_bits(struct generator *generator, int bits)
{
  uint64_t state = generator->state ^ generator->state << 21;
  state ^= state >> 35;
  state ^= state << 4;
  generator->state = state;
  return (uint32_t)(state & ((UINT64_C(1) << bits) - 1));
}

static double next_double(struct generator *generator)
{
  uint64_t high = next_bits(generator, 26);
  return (double)((high << 27) + next_bits(generator, 27)) * 0x1p-53;
}

static double next_normal(struct generator *generator)
{
  if (generator->has_spare) {
    generator->has_spare = false;
    return generator->spare;
  }
  double a;
  double b;
  double square;
  do {
    a = 2 * next_double(generator) - 1;
    b = 2 * next_double(generator) - 1;
    square = a * a + b * b;
  } while (square >= 1 || square == 0);
  double factor = sqrt(-2 * strict_log(square) / square);
  generator->spare = b * factor;
  generator->has_spare = true;
  return a * factor;
}

static char next_letter(struct generator *generator)
{
  int32_t value = (int32_t)next_bits(generator, 32) % 62;
  value = value < 0 ? -value : value;
  return (char)(value < 10 ? '0' + value : value < 36 ? 'a' + value - 10 : 'A' + value - 36);
}

/* What one row takes of a sequence. */
enum draw { DRAW_DOUBLE, DRAW_NORMAL, DRAW_TEXT };

struct sequence {
  enum draw draw;
  int64_t seed;
  int32_t length;                /* of a text */
  struct generator *checkpoints; /* at row 0, STRIDE, 2 * STRIDE, ... */
  size_t count, capacity;
};

static void skip(const struct sequence *sequence, struct generator *generator, uint64_t n_rows)
{
  for (uint64_t i = 0; i < n_rows; i++) {
    if (sequence->draw == DRAW_DOUBLE)
      next_double(generator);
    else if (sequence->draw == DRAW_NORMAL)
      next_normal(generator);
    for (int32_t letter = 0; sequence->draw == DRAW_TEXT && letter < sequence->length; letter++)
      next_bits(generator, 32);
  }
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sequence sequences[MAX_SEQUENCES];
static size_t n_sequences;

/* NULL where there are too many: rows are then counted from the start. */
static struct sequence *find_sequence(const struct sequence *wanted)
{
  for (size_t i = 0; i < n_sequences; i++) {
    struct sequence *sequence = &sequences[i];
    if (sequence->draw == wanted->draw && sequence->seed == wanted->seed && sequence->length == wanted->length)
      return sequence;
  }
  if (n_sequences == MAX_SEQUENCES)
    return NULL;
  sequences[n_sequences] = *wanted;
  return &sequences[n_sequences++];
}

static void add_checkpoint(struct sequence *sequence)
{
  if (sequence->count == sequence->capacity) {
    sequence->capacity = sequence->capacity == 0 ? 16 : sequence->capacity * 2;
    struct generator *grown = checked_malloc(sequence->capacity * sizeof(*grown));
    if (sequence->count > 0)
      memcpy(grown, sequence->checkpoints, sequence->count * sizeof(*grown));
    free(sequence->checkpoints);
    sequence->checkpoints = grown;
  }
  struct generator next = generator_of(sequence->seed);
  if (sequence->count > 0) {
    next = sequence->checkpoints[sequence->count - 1];
    skip(sequence, &next, STRIDE);
  }
  sequence->checkpoints[sequence->count++] = next;
}

/* The generator as it is at the last checkpoint that is not behind the row. */
static struct generator start_near(const struct sequence *wanted, uint64_t row, uint64_t *ret_row)
{
  struct generator generator = generator_of(wanted->seed);
  pthread_mutex_lock(&lock);
  struct sequence *sequence = find_sequence(wanted);
  while (sequence != NULL && sequence->count <= row / STRIDE)
    add_checkpoint(sequence);
  if (sequence != NULL)
    generator = sequence->checkpoints[row / STRIDE];
  pthread_mutex_unlock(&lock);
  *ret_row = sequence == NULL ? 0 : row / STRIDE * STRIDE;
  return generator;
}

/* Where a chunk's last row was in a sequence: the next row follows it, as a rule. */
struct cursor {
  struct sequence sequence;
  struct generator generator;
  uint64_t row; /* that comes next */
  bool is_set;
};

/* The generator, set to draw the value of row `number`; -1 is a sequence of one row. */
static struct generator *move_to(struct cursor *cursor, const struct sequence *wanted, int64_t number)
{
  bool is_same = cursor->is_set && cursor->sequence.seed == wanted->seed && cursor->sequence.length == wanted->length;
  if (number < 0) {
    *cursor = (struct cursor){ .generator = generator_of(wanted->seed) };
    return &cursor->generator;
  }
  uint64_t row = (uint64_t)number;
  if (!is_same || row < cursor->row || row - cursor->row > STRIDE) {
    *cursor = (struct cursor){ .sequence = *wanted, .is_set = true };
    cursor->generator = start_near(wanted, row, &cursor->row);
  }
  skip(wanted, &cursor->generator, row - cursor->row);
  cursor->row = row + 1;
  return &cursor->generator;
}

static void draw_numbers(struct udf_call *call, enum draw draw)
{
  struct cursor cursor = { 0 };
  for (size_t row = 0; row < call->n_rows; row++) {
    if (arg_is_null(call, 0, row) || arg_is_null(call, 1, row)) {
      vector_set_null(&call->result, row);
      continue;
    }
    const struct sequence wanted = { .draw = draw, .seed = arg_bigint(call, 0, row) };
    struct generator *generator = move_to(&cursor, &wanted, arg_bigint(call, 1, row));
    return_double(call, row, draw == DRAW_NORMAL ? next_normal(generator) : next_double(generator));
  }
}

static void draw_doubles(struct udf_call *call)
{
  draw_numbers(call, DRAW_DOUBLE);
}

static void draw_normals(struct udf_call *call)
{
  draw_numbers(call, DRAW_NORMAL);
}

static void draw_texts(struct udf_call *call)
{
  struct cursor cursor = { 0 };
  for (size_t row = 0; row < call->n_rows && call->error[0] == 0; row++) {
    if (arg_is_null(call, 1, row) || arg_is_null(call, 2, row)) {
      vector_set_null(&call->result, row);
      continue;
    }
    const struct sequence wanted = { .draw = DRAW_TEXT,
                                     .seed = arg_bigint(call, 1, row),
                                     .length = arg_int(call, 0, row) };
    if (wanted.length < 0)
      udf_fail(call, "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "the length must not be negative");
    else
      udf_check_size(call, (size_t)wanted.length);
    if (call->error[0] != 0)
      return;
    struct generator *generator = move_to(&cursor, &wanted, arg_bigint(call, 2, row));
    text_buffer_clear(&call->buffer);
    for (int32_t i = 0; i < wanted.length; i++)
      text_buffer_add_char(&call->buffer, next_letter(generator));
    return_buffer(call, row);
  }
}

/* shuffle */

enum { TWISTER_SIZE = 624, TWISTER_MIDDLE = 397 };

struct twister {
  uint32_t words[TWISTER_SIZE];
  size_t at;
};

static void twister_seed(struct twister *twister, uint32_t seed)
{
  twister->words[0] = seed;
  for (uint32_t i = 1; i < TWISTER_SIZE; i++)
    twister->words[i] = 1812433253u * (twister->words[i - 1] ^ twister->words[i - 1] >> 30) + i;
  twister->at = TWISTER_SIZE;
}

/* init_by_array of the two halves of the seed, the high one first */
static void twister_init(struct twister *twister, uint64_t seed)
{
  const uint32_t keys[] = { (uint32_t)(seed >> 32), (uint32_t)seed };
  uint32_t *words = twister->words;
  uint32_t i = 1;
  twister_seed(twister, 19650218u);
  for (uint32_t round = 0; round < TWISTER_SIZE; round++) {
    uint32_t key = round % 2;
    words[i] = (words[i] ^ (words[i - 1] ^ words[i - 1] >> 30) * 1664525u) + keys[key] + key;
    if (++i == TWISTER_SIZE) {
      words[0] = words[TWISTER_SIZE - 1];
      i = 1;
    }
  }
  for (uint32_t round = 1; round < TWISTER_SIZE; round++) {
    words[i] = (words[i] ^ (words[i - 1] ^ words[i - 1] >> 30) * 1566083941u) - i;
    if (++i == TWISTER_SIZE) {
      words[0] = words[TWISTER_SIZE - 1];
      i = 1;
    }
  }
  words[0] = 0x80000000u;
}

static uint32_t twister_next(struct twister *twister)
{
  uint32_t *words = twister->words;
  if (twister->at == TWISTER_SIZE) {
    for (size_t i = 0; i < TWISTER_SIZE; i++) {
      uint32_t joined = (words[i] & 0x80000000u) | (words[(i + 1) % TWISTER_SIZE] & 0x7FFFFFFFu);
      words[i] = words[(i + TWISTER_MIDDLE) % TWISTER_SIZE] ^ joined >> 1 ^ (joined % 2 == 0 ? 0 : 0x9908B0DFu);
    }
    twister->at = 0;
  }
  uint32_t value = words[twister->at++];
  value ^= value >> 11;
  value ^= value << 7 & 0x9D2C5680u;
  value ^= value << 15 & 0xEFC60000u;
  return value ^ value >> 18;
}

/* From 0 to below `bound`. */
static int32_t twister_below(struct twister *twister, int32_t bound)
{
  if ((bound & -bound) == bound)
    return (int32_t)((int64_t)bound * (int64_t)(twister_next(twister) >> 1) >> 31);
  for (;;) {
    int64_t bits = twister_next(twister) >> 1;
    int64_t value = bits % bound;
    if (bits - value + (bound - 1) <= INT32_MAX)
      return (int32_t)value;
  }
}

static bool shuffle(struct udf_call *call, size_t row)
{
  struct twister twister;
  duckdb_list_entry list = vector_list(&call->args[0], row);
  int64_t number = arg_bigint(call, 2, row);
  uint64_t seed = (uint64_t)arg_bigint(call, 1, row) + (number < 0 ? 0 : (uint64_t)number);
  if (list.length > MAX_ELEMENTS)
    return udf_fail(call, "COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION",
                    "shuffle would make an array of more than %d elements", MAX_ELEMENTS);
  uint32_t *places = checked_malloc((list.length + 1) * sizeof(*places));
  twister_init(&twister, seed);
  for (uint32_t i = 0; i < list.length; i++) {
    uint32_t other = (uint32_t)twister_below(&twister, (int32_t)i + 1);
    places[i] = places[other];
    places[other] = i;
  }
  list_begin(call);
  bool is_made = true;
  for (size_t i = 0; i < list.length && is_made; i++)
    is_made = list_add_copy(call, &call->args[0].children[0], list.offset + places[i]);
  free(places);
  return is_made && list_end(call, row);
}

static const struct udf rows[] = {
  { .name = "spark_rand", .signature = "bigint bigint > double", .all = draw_doubles },
  { .name = "spark_randn", .signature = "bigint bigint > double", .all = draw_normals },
  { .name = "spark_randstr", .signature = "int bigint bigint > string", .all = draw_texts },
  { .name = "spark_shuffle", .each = shuffle },
};

UDF_FAMILY(random_udfs, rows);
