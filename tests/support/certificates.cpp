#include "certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <random>
#include <stdexcept>
#include <stdlib.h>

namespace aisle::test {
namespace {

using key_ptr = std::shared_ptr<EVP_PKEY>;
using certificate_ptr = std::shared_ptr<X509>;

template <class T>
T* made(T* what) {
    if (!what) throw std::runtime_error("OpenSSL cannot make a certificate");
    return what;
}

void add_extension(X509* to, int kind, std::string const& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, to, to, nullptr, nullptr, 0);
    auto* const extension = made(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    X509_add_ext(to, extension, -1);
    X509_EXTENSION_free(extension);
}

key_ptr make_key() {
    return {made(EVP_EC_gen("P-256")), EVP_PKEY_free};
}

certificate_ptr make_certificate(EVP_PKEY* key, certificate_recipe const& what, bool authority, X509* issuer,
                                 EVP_PKEY* signs) {
    static std::atomic<long> serial{std::random_device{}() >> 1};
    certificate_ptr const out(made(X509_new()), X509_free);
    X509_set_version(out.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), what.valid_from_days * 86'400L);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), what.valid_to_days * 86'400L);
    auto const* const name = reinterpret_cast<unsigned char const*>(what.common_name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8, name, -1, -1, 0);
    X509_set_issuer_name(out.get(), X509_get_subject_name(issuer ? issuer : out.get()));
    X509_set_pubkey(out.get(), key);
    add_extension(out.get(), NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!what.names.empty()) add_extension(out.get(), NID_subject_alt_name, what.names);
    if (X509_sign(out.get(), signs, EVP_sha256()) == 0) throw std::runtime_error("OpenSSL cannot sign");
    return out;
}

template <class Write>
std::string write_file(std::filesystem::path const& path, Write write) {
    auto* const file = std::fopen(path.c_str(), "w");
    if (!file || write(file) != 1) throw std::runtime_error("cannot write " + path.string());
    std::fclose(file);
    return path.string();
}

pem_files write_pem(temporary_folder const& folder, std::string const& name, X509* certificate, EVP_PKEY* key) {
    auto const base = folder.path() / name;
    return {write_file(base.string() + ".crt", [&](std::FILE* f) { return PEM_write_X509(f, certificate); }),
            write_file(base.string() + ".key", [&](std::FILE* f) {
                return PEM_write_PrivateKey(f, key, nullptr, nullptr, 0, nullptr, nullptr);
            })};
}

}  // namespace

temporary_folder::temporary_folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "aisle-test-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder to be had");
    path_ = pattern;
}

temporary_folder::~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string temporary_folder::write(std::string const& name, std::string const& text) const {
    auto const path = path_ / name;
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
    return path.string();
}

test_authority::test_authority(temporary_folder const& folder, std::string const& file)
    : folder_(folder),
      key_(make_key()),
      certificate_(make_certificate(key_.get(), {.common_name = "Test authority " + file, .names = ""}, true, nullptr,
                                    key_.get())),
      ca_file_(write_pem(folder, file, certificate_.get(), key_.get()).certificate) {}

pem_files test_authority::issue(certificate_recipe const& what) const {
    auto const key = make_key();
    auto const certificate = make_certificate(key.get(), what, false, certificate_.get(), key_.get());
    return write_pem(folder_, what.file, certificate.get(), key.get());
}

pem_files test_authority::self_signed(temporary_folder const& folder, certificate_recipe const& what) {
    auto const key = make_key();
    auto const certificate = make_certificate(key.get(), what, false, nullptr, key.get());
    return write_pem(folder, what.file, certificate.get(), key.get());
}

}  // namespace aisle::test
