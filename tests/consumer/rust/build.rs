// Finds an installed Aisle by pkg-config.
use std::process::Command;

fn main() {
    let out = Command::new("pkg-config").args(["--libs", "aisle"]).output().expect("pkg-config does not run");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    for flag in String::from_utf8(out.stdout).unwrap().split_whitespace() {
        if let Some(folder) = flag.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={folder}");
        } else if let Some(library) = flag.strip_prefix("-l") {
            println!("cargo:rustc-link-lib={library}");
        }
    }
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
}
