#pragma once

#include <filesystem>
#include <memory>
#include <string>

struct evp_pkey_st;
struct x509_st;

namespace aisle::test {

/// A folder that goes with its object.
class temporary_folder {
public:
    temporary_folder();
    temporary_folder(temporary_folder const&) = delete;
    temporary_folder& operator=(temporary_folder const&) = delete;
    ~temporary_folder();

    std::filesystem::path const& path() const noexcept { return path_; }
    /// Writes a file of this name and returns its path.
    std::string write(std::string const& name, std::string const& text) const;

private:
    std::filesystem::path path_;
};

/// Paths of PEM files.
struct pem_files {
    std::string certificate;
    std::string key;
};

/// What a certificate says.
struct certificate_recipe {
    std::string file = "server";  ///< the files are called so
    std::string common_name = "test";
    std::string names = "DNS:localhost,IP:127.0.0.1";  ///< its subjectAltName; empty: none
    int valid_from_days = -1;
    int valid_to_days = 30;
};

/// A certificate authority that lives for one test, and writes what it issues into a folder. Keys are P-256.
class test_authority {
public:
    explicit test_authority(temporary_folder const& folder, std::string const& file = "ca");

    /// The authority's own certificate.
    std::string const& ca_file() const noexcept { return ca_file_; }
    pem_files issue(certificate_recipe const& what) const;
    /// Signed by nobody but itself.
    static pem_files self_signed(temporary_folder const& folder, certificate_recipe const& what);

private:
    temporary_folder const& folder_;
    std::shared_ptr<evp_pkey_st> key_;
    std::shared_ptr<x509_st> certificate_;
    std::string ca_file_;
};

}  // namespace aisle::test
