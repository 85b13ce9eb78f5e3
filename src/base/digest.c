#include "base/digest.h"

#include <openssl/evp.h>

void md5_hex(struct text text, char ret_hex[MD5_HEX_SIZE])
{
  static const char digits[] = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(text.data == NULL ? "" : text.data, text.length, digest, &length, EVP_md5(), NULL) != 1 ||
      length != 16)
    BUG("OpenSSL has no MD5");
  for (unsigned int i = 0; i < length; i++) {
    ret_hex[2 * i] = digits[digest[i] >> 4];
    ret_hex[2 * i + 1] = digits[digest[i] & 15];
  }
  ret_hex[32] = '\0';
}
