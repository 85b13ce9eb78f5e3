/* How often values came, how many different ones there are, and a sample of numbers. */
#include "summary/summary_internal.h"

#include <math.h>
#include <stdlib.h>

/* A 128-bit product folded: each bit of both depends on all. */
static uint64_t fold(uint64_t a, uint64_t b)
{
  __extension__ unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_text(struct text text)
{
  uint64_t hash = text.length * UINT64_C(0x9E3779B97F4A7C15), word;
  size_t at = 0;
  for (; at + sizeof(word) <= text.length; at += sizeof(word)) {
    memcpy(&word, text.data + at, sizeof(word));
    hash = fold(hash ^ word ^ UINT64_C(0xA0761D6478BD642F), UINT64_C(0xE7037ED1A0B428DB));
  }
  word = 0;
  if (at < text.length)
    memcpy(&word, text.data + at, text.length - at);
  return fold(hash ^ word ^ UINT64_C(0x8EBC6AF09C88C6E3), UINT64_C(0x589965CC75374CC3));
}

/* values */

static struct counter *find_counter(struct counter *slots, size_t n_slots, uint64_t hash)
{
  size_t at = (size_t)hash & (n_slots - 1);
  while (slots[at].text.data != NULL && slots[at].hash != hash)
    at = (at + 1) & (n_slots - 1);
  return &slots[at];
}

static void grow_counters(struct counters *counters)
{
  enum { FIRST = 16 };
  size_t n_slots = counters->n_slots == 0 ? FIRST : counters->n_slots * 2;
  struct counter *slots = checked_malloc(size_multiply(n_slots, sizeof(*slots)));
  memset(slots, 0, n_slots * sizeof(*slots));
  for (size_t i = 0; i < counters->n_slots; i++)
    if (counters->slots[i].text.data != NULL)
      *find_counter(slots, n_slots, counters->slots[i].hash) = counters->slots[i];
  free(counters->slots);
  counters->slots = slots;
  counters->n_slots = n_slots;
}

void counters_add(struct counters *counters, uint64_t hash, struct text text, uint64_t n)
{
  if (counters->count * 2 >= counters->n_slots)
    grow_counters(counters);
  struct counter *counter = find_counter(counters->slots, counters->n_slots, hash);
  if (counter->text.data == NULL) {
    counter->hash = hash;
    counter->text =
        (struct text){ arena_copy(&counters->arena, text.data == NULL ? "" : text.data, text.length), text.length };
    counters->count++;
  }
  counter->count += n;
}

static int compare_counts(const void *a, const void *b)
{
  uint64_t count_a = *(const uint64_t *)a, count_b = *(const uint64_t *)b;
  return count_a < count_b ? -1 : count_a > count_b;
}

void counters_halve(struct counters *counters)
{
  uint64_t *counts = checked_malloc(size_multiply(counters->count + 1, sizeof(*counts)));
  size_t n = 0;
  for (size_t i = 0; i < counters->n_slots; i++)
    if (counters->slots[i].text.data != NULL)
      counts[n++] = counters->slots[i].count;
  qsort(counts, n, sizeof(*counts), compare_counts);
  uint64_t median = n == 0 ? 0 : counts[n / 2];
  free(counts);
  struct counters kept = { 0 };
  for (size_t i = 0; i < counters->n_slots; i++)
    if (counters->slots[i].count > median)
      counters_add(&kept, counters->slots[i].hash, counters->slots[i].text, counters->slots[i].count - median);
  counters_done(counters);
  *counters = kept;
}

void counters_done(struct counters *counters)
{
  free(counters->slots);
  arena_done(&counters->arena);
  *counters = (struct counters){ 0 };
}

/* the estimate: HyperLogLog, whose error is 1.04 / sqrt(registers), 1.1 % */

enum { REGISTER_BITS = 13, N_REGISTERS = 1 << REGISTER_BITS };

void estimate_add(struct estimate *estimate, uint64_t hash)
{
  if (estimate->registers == NULL) {
    estimate->registers = checked_malloc(N_REGISTERS);
    memset(estimate->registers, 0, N_REGISTERS);
  }
  uint64_t rest = hash << REGISTER_BITS | UINT64_C(1) << (REGISTER_BITS - 1);
  unsigned char rank = (unsigned char)(__builtin_clzll(rest) + 1);
  unsigned char *at = &estimate->registers[hash >> (64 - REGISTER_BITS)];
  if (*at < rank)
    *at = rank;
}

void estimate_merge(struct estimate *into, const struct estimate *from)
{
  if (from->registers == NULL)
    return;
  if (into->registers == NULL) {
    into->registers = checked_malloc(N_REGISTERS);
    memset(into->registers, 0, N_REGISTERS);
  }
  for (size_t i = 0; i < N_REGISTERS; i++)
    if (into->registers[i] < from->registers[i])
      into->registers[i] = from->registers[i];
}

uint64_t estimate_count(const struct estimate *estimate)
{
  double sum = 0, n = N_REGISTERS;
  size_t zeros = 0;
  if (estimate->registers == NULL)
    return 0;
  for (size_t i = 0; i < N_REGISTERS; i++) {
    sum += ldexp(1, -estimate->registers[i]);
    zeros += estimate->registers[i] == 0;
  }
  double raw = 0.7213 / (1 + 1.079 / n) * n * n / sum;
  if (raw <= 2.5 * n && zeros > 0)
    raw = n * log(n / (double)zeros);
  return (uint64_t)llround(raw);
}

/* the followed */

static bool put_hash(uint64_t *slots, size_t n_slots, uint64_t hash)
{
  size_t at = (size_t)(hash >> 7) & (n_slots - 1);
  while (slots[at] != 0 && slots[at] != hash)
    at = (at + 1) & (n_slots - 1);
  bool is_new = slots[at] == 0;
  slots[at] = hash;
  return is_new;
}

static void stop_following(struct followed *followed, enum uniqueness why)
{
  free(followed->slots);
  *followed = (struct followed){ .uniqueness = why };
}

void followed_add(struct followed *followed, uint64_t hash)
{
  if (followed->uniqueness != VALUES_UNIQUE)
    return;
  if (followed->count * 2 >= followed->n_slots) {
    size_t n_slots = followed->n_slots == 0 ? 1 << 15 : followed->n_slots * 2;
    uint64_t *slots = followed->count >= SUMMARY_FOLLOWED ? NULL : calloc(n_slots, sizeof(*slots));
    if (slots == NULL) {
      stop_following(followed, VALUES_UNKNOWN);
      return;
    }
    for (size_t i = 0; i < followed->n_slots; i++)
      if (followed->slots[i] != 0)
        put_hash(slots, n_slots, followed->slots[i]);
    free(followed->slots);
    followed->slots = slots;
    followed->n_slots = n_slots;
  }
  if (!put_hash(followed->slots, followed->n_slots, hash | (hash == 0)))
    stop_following(followed, VALUES_REPEAT);
  else
    followed->count++;
}

void followed_merge(struct followed *into, const struct followed *from)
{
  if (from->uniqueness == VALUES_REPEAT || into->uniqueness == VALUES_REPEAT)
    stop_following(into, VALUES_REPEAT);
  else if (from->uniqueness == VALUES_UNKNOWN || into->uniqueness == VALUES_UNKNOWN)
    stop_following(into, VALUES_UNKNOWN);
  for (size_t i = 0; i < from->n_slots && into->uniqueness == VALUES_UNIQUE; i++)
    if (from->slots[i] != 0)
      followed_add(into, from->slots[i]);
}

/* the sample */

/* xorshift: good enough to choose by. */
static uint64_t next_random(uint64_t *state)
{
  uint64_t x = *state == 0 ? UINT64_C(0x2545F4914F6CDD1D) : *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}

static uint64_t random_below(uint64_t *state, uint64_t limit)
{
  __extension__ unsigned __int128 product = (unsigned __int128)next_random(state) * limit;
  return (uint64_t)(product >> 64);
}

void reservoir_add(struct reservoir *reservoir, double value)
{
  enum { FIRST = 64 };
  reservoir->seen++;
  if (reservoir->count < SAMPLED && reservoir->count == reservoir->capacity) {
    reservoir->capacity = reservoir->capacity == 0 ? FIRST : reservoir->capacity * 2;
    reservoir->values = checked_realloc(reservoir->values, reservoir->capacity * sizeof(*reservoir->values));
  }
  if (reservoir->count < SAMPLED) {
    reservoir->values[reservoir->count++] = value;
    return;
  }
  uint64_t at = random_below(&reservoir->random, reservoir->seen);
  if (at < SAMPLED)
    reservoir->values[at] = value;
}

void reservoir_merge(struct reservoir *into, const struct reservoir *from)
{
  uint64_t seen = into->seen + from->seen;
  for (size_t i = 0; i < from->count; i++) {
    if (from->seen == from->count) { /* all that it has seen */
      reservoir_add(into, from->values[i]);
      continue;
    }
    bool is_taken = random_below(&into->random, seen) < from->seen;
    if (into->count < SAMPLED)
      reservoir_add(into, from->values[i]);
    else if (is_taken)
      into->values[i] = from->values[i];
  }
  into->seen = seen;
}

static int compare_numbers(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

void reservoir_tell(struct reservoir *reservoir, double ret_quantiles[SUMMARY_QUANTILES])
{
  static const double shares[SUMMARY_QUANTILES] = { 0.25, 0.5, 0.75, 0.99 };
  if (reservoir->count == 0)
    return;
  qsort(reservoir->values, reservoir->count, sizeof(*reservoir->values), compare_numbers);
  for (size_t i = 0; i < SUMMARY_QUANTILES; i++)
    ret_quantiles[i] = reservoir->values[(size_t)(shares[i] * (double)(reservoir->count - 1) + 0.5)];
}
