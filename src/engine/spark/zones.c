#include "engine/spark/zones.h"

#include "value/timezone.h"

#include <zstd.h>

static void add_base64(struct text bytes, struct text_buffer *out)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const unsigned char *data = (const unsigned char *)bytes.data;
  for (size_t i = 0; i < bytes.length; i += 3) {
    size_t left = bytes.length - i;
    uint32_t bits =
        (uint32_t)data[i] << 16 | (left > 1 ? (uint32_t)data[i + 1] << 8 : 0) | (left > 2 ? data[i + 2] : 0u);
    for (size_t digit = 0; digit < 4; digit++)
      text_buffer_add_char(out, digit > left ? '=' : digits[bits >> (18 - 6 * digit) & 63]);
  }
}

static void add_zone(struct text name, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct text tzif;
  if (name.length > UINT8_MAX || !timezone_read_file(&scratch, name, &tzif))
    return;
  text_buffer_add_char(out, (char)name.length);
  text_buffer_add_text(out, name);
  for (size_t i = 0; i < 4; i++)
    text_buffer_add_char(out, (char)(tzif.length >> (8 * i) & 0xFF));
  text_buffer_add_text(out, tzif);
}

void spark_zones_print(struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer zones = { 0 }, packed = { 0 };
  size_t count = 0;
  const char *const *names = timezone_names(&count);
  for (size_t i = 0; i < count; i++)
    add_zone(text_from(names[i]), &zones);
  enum { LEVEL = 19 }; /* many are alike: ten times smaller, in a quarter of a second */
  text_buffer_reserve(&packed, ZSTD_compressBound(zones.length));
  size_t size = ZSTD_compress(packed.data, ZSTD_compressBound(zones.length), zones.data, zones.length, LEVEL);
  if (ZSTD_isError(size))
    BUG("the time zones cannot be compressed");
  add_base64((struct text){ packed.data, size }, out);
}
