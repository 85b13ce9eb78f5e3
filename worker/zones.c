#include "worker/zones.h"

#include "value/timezone.h"

#include <zstd.h>

enum { ZONES_SIZE_MAX = 16 * 1024 * 1024 };

static struct text all; /* set once, before any zone is sought */

static int digit_of(char c)
{
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool decode_base64(struct arena *arena, struct text base64, struct text *ret_bytes)
{
  char *bytes = arena_alloc(arena, base64.length / 4 * 3 + 3);
  size_t length = 0;
  uint32_t bits = 0;
  while (base64.length > 0 && base64.data[base64.length - 1] == '=')
    base64.length--;
  for (size_t i = 0; i < base64.length; i++) {
    int digit = digit_of(base64.data[i]);
    if (digit < 0)
      return false;
    bits = bits << 6 | (uint32_t)digit;
    if (i % 4 == 0)
      continue;
    bytes[length++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xFF);
  }
  *ret_bytes = (struct text){ bytes, length };
  return true;
}

/* Cuts the first entry off. */
static bool next_entry(struct text *rest, struct text *ret_name, struct text *ret_tzif)
{
  if (rest->length == 0)
    return false;
  const unsigned char *bytes = (const unsigned char *)rest->data;
  size_t name_length = bytes[0];
  if (rest->length < 1 + name_length + 4)
    return false;
  const unsigned char *size = bytes + 1 + name_length;
  size_t length = (size_t)size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16 | (size_t)size[3] << 24;
  size_t whole = 1 + name_length + 4 + length;
  if (rest->length < whole)
    return false;
  *ret_name = (struct text){ rest->data + 1, name_length };
  *ret_tzif = (struct text){ rest->data + 1 + name_length + 4, length };
  *rest = (struct text){ rest->data + whole, rest->length - whole };
  return true;
}

static bool find(struct text name, struct text *ret_tzif)
{
  struct text rest = all, found, tzif;
  while (next_entry(&rest, &found, &tzif))
    if (text_equal(found, name)) {
      *ret_tzif = tzif;
      return true;
    }
  return false;
}

bool zones_take(struct arena *arena, struct text base64)
{
  struct text packed;
  all = (struct text){ 0 };
  timezone_take_files(find);
  if (base64.length == 0)
    return true;
  if (!decode_base64(arena, base64, &packed))
    return false;
  unsigned long long size = ZSTD_getFrameContentSize(packed.data, packed.length);
  if (size == ZSTD_CONTENTSIZE_ERROR || size > ZONES_SIZE_MAX) /* unknown is the greatest number */
    return false;
  char *data = arena_alloc(arena, size);
  if (ZSTD_decompress(data, size, packed.data, packed.length) != size)
    return false;
  all = (struct text){ data, size };
  return true;
}

void zones_forget(void)
{
  timezone_take_files(NULL);
  all = (struct text){ 0 };
}
