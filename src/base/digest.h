/** Digests by OpenSSL, as lower-case hexadecimal. Here they name things (schemas, configs, files); nothing secret depends
 * on them. */
#ifndef CRISOL_BASE_DIGEST_H
#define CRISOL_BASE_DIGEST_H

#include "base/text.h"

enum { MD5_HEX_SIZE = 33 }; /* with the final NUL */

void md5_hex(struct text text, char ret_hex[MD5_HEX_SIZE]);

#endif
