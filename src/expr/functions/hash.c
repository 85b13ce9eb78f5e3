/* Hashes and checksums. */
#include "expr/functions/functions.h"

static bool has_map(const struct type *type)
{
  if (type->id == TYPE_ARRAY)
    return has_map(type->element);
  for (size_t i = 0; type->id == TYPE_STRUCT && i < type->n_fields; i++)
    if (has_map(type->fields[i].type))
      return true;
  return type->id == TYPE_MAP;
}

static bool resolve_hash(struct call *call)
{
  for (size_t i = 0; i < call->n_args; i++)
    if (has_map(call->args[i]->type))
      return call_fail(call, "DATATYPE_MISMATCH.HASH_MAP_TYPE", "\"%s\" cannot take a map", call->function->name);
  return true;
}

#define AES_DECRYPT(function_name, text)                                                                               \
  {                                                                                                                    \
    .name = (function_name), .min_args = 2, .max_args = 5, .args = "binary binary string string binary",               \
    .returns = "binary",                                                                                               \
    .duckdb = "spark_" function_name "($1, $2, ${3:'GCM'}, ${4:'DEFAULT'}, ${5:CAST('' AS BLOB)})", .doc = (text)      \
  }

static const struct function rows[] = {
  { .name = "hash",
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .returns = "int",
    .resolve = resolve_hash,
    .duckdb = "spark_hash__$T*__$T($*)",
    .doc = "A Murmur3 hash of 32 bits." },
  { .name = "xxhash64",
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .returns = "bigint",
    .resolve = resolve_hash,
    .duckdb = "spark_xxhash64__$T*__$T($*)",
    .doc = "An XXH64 hash." },
  { .name = "md5",
    .min_args = 1,
    .max_args = 1,
    .args = "binary",
    .returns = "string",
    .duckdb = "md5($1)",
    .doc = "The MD5 sum in hexadecimal digits." },
  { .name = "sha1",
    .aliases = "sha",
    .min_args = 1,
    .max_args = 1,
    .args = "binary",
    .returns = "string",
    .duckdb = "sha1($1)",
    .doc = "The SHA-1 sum in hexadecimal digits." },
  { .name = "sha2",
    .min_args = 2,
    .max_args = 2,
    .args = "binary int",
    .returns = "string",
    .duckdb = "spark_sha2($1, $2)",
    .doc = "A SHA-2 sum of 224, 256, 384 or 512 bits in hexadecimal digits." },
  { .name = "hmac",
    .min_args = 2,
    .max_args = 3,
    .args = "binary binary string",
    .returns = "binary",
    .duckdb = "spark_hmac($1, $2, ${3:'SHA-256'})",
    .doc = "A keyed hash of a message." },
  { .name = "aes_encrypt",
    .min_args = 2,
    .max_args = 6,
    .flags = FUNCTION_VARIES,
    .args = "binary binary string string binary binary",
    .returns = "binary",
    .duckdb = "spark_aes_encrypt($1, $2, ${3:'GCM'}, ${4:'DEFAULT'}, ${5:CAST('' AS BLOB)}, ${6:CAST('' AS BLOB)})",
    .doc = "Encrypted by AES: key, mode (GCM, CBC, ECB), padding, initialization vector, additional data." },
  AES_DECRYPT("aes_decrypt", "What aes_encrypt() has encrypted; an error where it is not that."),
  AES_DECRYPT("try_aes_decrypt", "As aes_decrypt(), but null where that fails."),
  { .name = "crc32",
    .min_args = 1,
    .max_args = 1,
    .args = "binary",
    .returns = "bigint",
    .duckdb = "spark_crc32($1)",
    .doc = "The CRC-32 checksum." },
};

FUNCTION_FAMILY(hash_family, "hashes", rows);
