#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void hex_print(const unsigned char *bytes, size_t length, char *ret_hex)
{
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < length; i++) {
    ret_hex[2 * i] = digits[bytes[i] >> 4];
    ret_hex[2 * i + 1] = digits[bytes[i] & 15];
  }
  ret_hex[2 * length] = '\0';
}

static void check_length(unsigned int length, size_t hex_size)
{
  if (2 * (size_t)length + 1 != hex_size)
    BUG("OpenSSL's digest has another length");
}

static void hex_of_text(const EVP_MD *kind, struct text text, size_t hex_size, char *ret_hex)
{
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(text.data == NULL ? "" : text.data, text.length, digest, &length, kind, NULL) != 1)
    BUG("OpenSSL lacks a digest");
  check_length(length, hex_size);
  hex_print(digest, length, ret_hex);
}

void md5_hex(struct text text, char ret_hex[MD5_HEX_SIZE])
{
  hex_of_text(EVP_md5(), text, MD5_HEX_SIZE, ret_hex);
}

void sha256_hex(struct text text, char ret_hex[SHA256_HEX_SIZE])
{
  hex_of_text(EVP_sha256(), text, SHA256_HEX_SIZE, ret_hex);
}

/* Feeds at most `left` bytes of the descriptor; *ret_fed are fewer at the file's end. False with errno where a read
 * fails. */
static bool update_from(EVP_MD_CTX *context, int descriptor, uint64_t offset, uint64_t left, uint64_t *ret_fed)
{
  enum { PIECE = 1 << 18 };
  char *piece = malloc(PIECE);
  ssize_t length = -1;
  *ret_fed = 0;
  if (piece == NULL)
    return false;
  do {
    uint64_t wanted = left - *ret_fed;
    length = pread(descriptor, piece, wanted < PIECE ? (size_t)wanted : PIECE, (off_t)(offset + *ret_fed));
    if (length > 0 && EVP_DigestUpdate(context, piece, (size_t)length) != 1)
      BUG("OpenSSL's digest refused bytes");
    *ret_fed += length > 0 ? (uint64_t)length : 0;
  } while (length > 0 || (length < 0 && errno == EINTR));
  free(piece);
  return length == 0;
}

static bool hex_of_range(const EVP_MD *kind, int descriptor, uint64_t offset, uint64_t left, uint64_t *ret_fed,
                         size_t hex_size, char *ret_hex)
{
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (context == NULL || EVP_DigestInit_ex(context, kind, NULL) != 1)
    BUG("OpenSSL lacks a digest");
  bool is_read = update_from(context, descriptor, offset, left, ret_fed);
  int reason = errno;
  if (is_read && EVP_DigestFinal_ex(context, digest, &length) != 1)
    BUG("OpenSSL's digest cannot end");
  EVP_MD_CTX_free(context);
  errno = reason;
  if (!is_read)
    return false;
  check_length(length, hex_size);
  hex_print(digest, length, ret_hex);
  return true;
}

bool md5_hex_of_file(const char *path, char ret_hex[MD5_HEX_SIZE], struct error *err)
{
  uint64_t fed = 0;
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  bool is_read = descriptor >= 0 && hex_of_range(EVP_md5(), descriptor, 0, UINT64_MAX, &fed, MD5_HEX_SIZE, ret_hex);
  int reason = errno;
  if (descriptor >= 0)
    close(descriptor);
  return is_read || fail(err, ERROR_ENVIRONMENT, NOWHERE, "cannot read \"%s\": %s", path, strerror(reason));
}

bool md5_hex_of_range(int descriptor, uint64_t offset, uint64_t length, char ret_hex[MD5_HEX_SIZE])
{
  uint64_t fed = 0;
  return hex_of_range(EVP_md5(), descriptor, offset, length, &fed, MD5_HEX_SIZE, ret_hex) && fed == length;
}

bool sha256_hex_of_range(int descriptor, uint64_t offset, uint64_t length, char ret_hex[SHA256_HEX_SIZE])
{
  uint64_t fed = 0;
  return hex_of_range(EVP_sha256(), descriptor, offset, length, &fed, SHA256_HEX_SIZE, ret_hex) && fed == length;
}
