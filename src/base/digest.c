#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_hex(const unsigned char *digest, unsigned int length, char ret_hex[MD5_HEX_SIZE])
{
  static const char digits[] = "0123456789abcdef";
  if (length != (MD5_HEX_SIZE - 1) / 2)
    BUG("OpenSSL's MD5 has another length");
  for (unsigned int i = 0; i < length; i++) {
    ret_hex[2 * i] = digits[digest[i] >> 4];
    ret_hex[2 * i + 1] = digits[digest[i] & 15];
  }
  ret_hex[2 * length] = '\0';
}

void md5_hex(struct text text, char ret_hex[MD5_HEX_SIZE])
{
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(text.data == NULL ? "" : text.data, text.length, digest, &length, EVP_md5(), NULL) != 1)
    BUG("OpenSSL has no MD5");
  print_hex(digest, length, ret_hex);
}

/* Feeds what the descriptor holds; false with errno where a read fails. */
static bool update_from(EVP_MD_CTX *context, int descriptor)
{
  enum { PIECE = 1 << 18 };
  char *piece = malloc(PIECE);
  ssize_t length = -1;
  if (piece == NULL)
    return false;
  do {
    length = read(descriptor, piece, PIECE);
    if (length > 0 && EVP_DigestUpdate(context, piece, (size_t)length) != 1)
      BUG("OpenSSL's MD5 refused bytes");
  } while (length > 0 || (length < 0 && errno == EINTR));
  free(piece);
  return length == 0;
}

bool md5_hex_of_file(const char *path, char ret_hex[MD5_HEX_SIZE], struct error *err)
{
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (context == NULL || EVP_DigestInit_ex(context, EVP_md5(), NULL) != 1)
    BUG("OpenSSL has no MD5");
  bool is_read = descriptor >= 0 && update_from(context, descriptor);
  int reason = errno;
  if (is_read && EVP_DigestFinal_ex(context, digest, &length) != 1)
    BUG("OpenSSL's MD5 cannot end");
  EVP_MD_CTX_free(context);
  if (descriptor >= 0)
    close(descriptor);
  if (!is_read)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "cannot read \"%s\": %s", path, strerror(reason));
  print_hex(digest, length, ret_hex);
  return true;
}
