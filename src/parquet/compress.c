/* A page's bytes by each codec. */
#include "parquet/parquet_internal.h"

#include <zlib.h>
#include <zstd.h>

static const struct {
  const char *name; /* in the dataset file */
  enum parquet_codec codec;
} codecs[] = {
  { "uncompressed", PARQUET_UNCOMPRESSED },
  { "snappy", PARQUET_SNAPPY },
  { "gzip", PARQUET_GZIP },
  { "zstd", PARQUET_ZSTD },
};

bool parquet_codec_find(const char *name, enum parquet_codec *ret_codec)
{
  for (size_t i = 0; i < ARRAY_LENGTH(codecs); i++)
    if (strcmp(codecs[i].name, name) == 0) {
      *ret_codec = codecs[i].codec;
      return true;
    }
  return false;
}

static bool add_zstd(const void *data, size_t length, struct text_buffer *out, struct error *err)
{
  size_t room = ZSTD_compressBound(length);
  text_buffer_reserve(out, room);
  size_t size = ZSTD_compress(out->data + out->length, room, data, length, ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(size))
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not compress by zstd: %s", ZSTD_getErrorName(size));
  out->length += size;
  return true;
}

static bool add_gzip(const void *data, size_t length, struct text_buffer *out, struct error *err)
{
  enum { WINDOW_OF_GZIP = 15 + 16, MEMORY = 8 };
  z_stream stream = { 0 };
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_OF_GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not compress by gzip: out of memory");
  size_t room = deflateBound(&stream, length);
  text_buffer_reserve(out, room);
  stream.next_in = (z_const Bytef *)data;
  stream.avail_in = (uInt)length; /* of a page, below 2 GiB */
  stream.next_out = (Bytef *)out->data + out->length;
  stream.avail_out = (uInt)room;
  int answer = deflate(&stream, Z_FINISH);
  out->length += stream.total_out;
  deflateEnd(&stream);
  return answer == Z_STREAM_END || fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not compress by gzip: %d", answer);
}

bool compress_add(enum parquet_codec codec, const void *data, size_t length, struct text_buffer *out, struct error *err)
{
  switch (codec) {
  case PARQUET_UNCOMPRESSED:
    text_buffer_add(out, data, length);
    return true;
  case PARQUET_SNAPPY:
    snappy_compress(data, length, out);
    return true;
  case PARQUET_GZIP:
    return add_gzip(data, length, out, err);
  case PARQUET_ZSTD:
    return add_zstd(data, length, out, err);
  }
  BUG("compress_add: unknown codec");
}
