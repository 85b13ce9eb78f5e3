/** Digests by OpenSSL, as lower-case hexadecimal. MD5 names things (schemas, configs, files), and nothing secret
 * depends on it; SHA-256 is for S3's signatures. */
#ifndef CRISOL_BASE_DIGEST_H
#define CRISOL_BASE_DIGEST_H

#include "base/error.h"
#include "base/text.h"

enum { MD5_HEX_SIZE = 33, SHA256_HEX_SIZE = 65 }; /* with the final NUL */

/** MD5 of the text, as lower-case hex digits. For telling contents apart, not for secrets. */
void md5_hex(struct text text, char ret_hex[MD5_HEX_SIZE]);
/** SHA-256 of the text, as lower-case hex digits. */
void sha256_hex(struct text text, char ret_hex[SHA256_HEX_SIZE]);

/** Writes 2 * length digits and a NUL. */
void hex_print(const unsigned char *bytes, size_t length, char *ret_hex);

/** The MD5 of a file's bytes, read in pieces. ERROR_ENVIRONMENT where it cannot be read. */
MUST_CHECK bool md5_hex_of_file(const char *path, char ret_hex[MD5_HEX_SIZE], struct error *err);

/** The digest of a stretch of an open file. False where it cannot be read, or ends before. */
MUST_CHECK bool md5_hex_of_range(int descriptor, uint64_t offset, uint64_t length, char ret_hex[MD5_HEX_SIZE]);
/** The same with SHA-256: what S3 signs of a part. */
MUST_CHECK bool sha256_hex_of_range(int descriptor, uint64_t offset, uint64_t length, char ret_hex[SHA256_HEX_SIZE]);

#endif
