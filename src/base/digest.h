/** Digests by OpenSSL, as lower-case hexadecimal. Here they name things (schemas, configs, files); nothing secret
 * depends on them. */
#ifndef CRISOL_BASE_DIGEST_H
#define CRISOL_BASE_DIGEST_H

#include "base/error.h"
#include "base/text.h"

enum { MD5_HEX_SIZE = 33 }; /* with the final NUL */

void md5_hex(struct text text, char ret_hex[MD5_HEX_SIZE]);

/** The MD5 of a file's bytes, read in pieces. ERROR_ENVIRONMENT where it cannot be read. */
MUST_CHECK bool md5_hex_of_file(const char *path, char ret_hex[MD5_HEX_SIZE], struct error *err);

#endif
