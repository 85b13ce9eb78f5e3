/* Distinct values by their bytes. */
#include "parquet/parquet_internal.h"

#include <stdlib.h>

enum {
  LENGTH = 4,           /* before the bytes of a text */
  MOST_BYTES = 1 << 20, /* of a dictionary */
  MOST_VALUES = 1 << 16,
  SAMPLE = 512, /* values after which a page whose values hardly repeat is let be */
};

static inline uint32_t hash(const char *data, size_t length)
{
  const uint64_t factor = UINT64_C(0x9E3779B97F4A7C15);
  uint64_t state = length * factor, word = 0;
  for (; length >= sizeof(word); data += sizeof(word), length -= sizeof(word)) {
    memcpy(&word, data, sizeof(word));
    state = (state ^ word) * factor;
    state ^= state >> 32;
  }
  word = 0;
  memcpy(&word, data, length);
  state = (state ^ word) * factor;
  return (uint32_t)(state >> 32 ^ state >> 15);
}

static void grow_entries(struct dictionary *dictionary)
{
  if (dictionary->count < dictionary->capacity)
    return;
  dictionary->capacity = dictionary->capacity == 0 ? 64 : size_multiply(dictionary->capacity, 2);
  size_t size = size_multiply(dictionary->capacity, sizeof(uint32_t));
  dictionary->hashes = checked_realloc(dictionary->hashes, size);
  dictionary->starts = checked_realloc(dictionary->starts, size);
}

/* At most half of the slots are taken. */
static void grow_slots(struct dictionary *dictionary)
{
  if (dictionary->count < dictionary->n_slots / 2)
    return;
  size_t n_slots = dictionary->n_slots == 0 ? 128 : size_multiply(dictionary->n_slots, 4);
  uint32_t *slots = checked_malloc(size_multiply(n_slots, sizeof(*slots)));
  memset(slots, 0, n_slots * sizeof(*slots));
  for (size_t i = 0; i < dictionary->count; i++) {
    size_t slot = dictionary->hashes[i] & (n_slots - 1);
    while (slots[slot] != 0)
      slot = (slot + 1) & (n_slots - 1);
    slots[slot] = (uint32_t)i + 1;
  }
  free(dictionary->slots);
  dictionary->slots = slots;
  dictionary->n_slots = n_slots;
}

/* `length` with that of a text before it. */
static uint32_t number_of(struct dictionary *dictionary, const char *value, size_t length)
{
  uint32_t code = hash(value, length);
  grow_slots(dictionary);
  size_t slot = code & (dictionary->n_slots - 1);
  for (; dictionary->slots[slot] != 0; slot = (slot + 1) & (dictionary->n_slots - 1)) {
    uint32_t number = dictionary->slots[slot] - 1;
    size_t start = dictionary->starts[number];
    if (dictionary->hashes[number] == code && dictionary->bytes.length - start >= length &&
        memcmp(dictionary->bytes.data + start, value, length) == 0)
      return number;
  }
  grow_entries(dictionary);
  dictionary->slots[slot] = (uint32_t)dictionary->count + 1;
  dictionary->hashes[dictionary->count] = code;
  dictionary->starts[dictionary->count] = (uint32_t)dictionary->bytes.length;
  text_buffer_add(&dictionary->bytes, value, length);
  return (uint32_t)dictionary->count++;
}

static size_t length_of(const struct leaf *leaf, const char *value)
{
  uint32_t length = 0;
  if (leaf->width > 0)
    return leaf->width;
  memcpy(&length, value, LENGTH);
  return (size_t)length + LENGTH;
}

/* Whether one of the values from a number on is -0.0, which Spark does not find in a dictionary where it looks for 0.0.
 */
static bool has_negative_zero(const struct dictionary *dictionary, const struct leaf *leaf, size_t from)
{
  static const unsigned char negative_float[] = { 0, 0, 0, 0x80 }, negative_double[] = { 0, 0, 0, 0, 0, 0, 0, 0x80 };
  if (leaf->physical != PHYSICAL_FLOAT && leaf->physical != PHYSICAL_DOUBLE)
    return false;
  const unsigned char *negative = leaf->physical == PHYSICAL_FLOAT ? negative_float : negative_double;
  for (size_t i = from; i < dictionary->count; i++)
    if (memcmp(dictionary->bytes.data + dictionary->starts[i], negative, leaf->width) == 0)
      return true;
  return false;
}

enum dictionary_answer dictionary_take(struct dictionary *dictionary, const struct leaf *leaf, const char *values,
                                       size_t length, size_t count, uint32_t *ret_numbers)
{
  size_t at = 0, before = dictionary->count, bytes_before = dictionary->bytes.length;
  for (size_t i = 0; i < count; i++) {
    size_t size = length_of(leaf, values + at);
    if (dictionary->count >= MOST_VALUES || dictionary->bytes.length + size > MOST_BYTES)
      return DICTIONARY_NOT_WORTH_IT;
    ret_numbers[i] = number_of(dictionary, values + at, size);
    at += size;
    if (i == SAMPLE && dictionary->count - before > SAMPLE / 4 * 3)
      return DICTIONARY_NOT_WORTH_IT;
  }
  if (has_negative_zero(dictionary, leaf, before))
    return DICTIONARY_NOT_WORTH_IT;
  size_t packed = (size_t)bit_width_of(dictionary->count) * count / 8;
  size_t cost = dictionary->bytes.length - bytes_before + packed;
  return cost < length / 4 * 3 ? DICTIONARY_TAKEN : DICTIONARY_NOT_WORTH_IT;
}

void dictionary_done(struct dictionary *dictionary)
{
  text_buffer_done(&dictionary->bytes);
  free(dictionary->slots);
  free(dictionary->hashes);
  free(dictionary->starts);
  *dictionary = (struct dictionary){ 0 };
}
