//! A feed in Rust: entries in, samples out, in order. Usage: fetch BUCKET OBJECT... Asks AIS_ENDPOINT.

mod aisle;

fn run(bucket: &str, objects: &[String]) -> Result<(usize, usize), aisle::Error> {
    let engine = aisle::Engine::new(None)?;
    let mut feed = engine.feed(bucket)?;
    for (tag, object) in objects.iter().enumerate() {
        feed.submit(object, tag as u64)?;
    }
    feed.end_input();
    let (mut samples, mut bytes) = (0, 0);
    while let Some(block) = feed.next()? {
        for sample in block.samples() {
            let sample = sample?;
            assert_eq!(sample.object, objects[sample.tag as usize]);
            samples += 1;
            bytes += sample.data.len();
        }
    }
    Ok((samples, bytes))
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.len() < 2 {
        eprintln!("usage: fetch BUCKET OBJECT...");
        std::process::exit(2);
    }
    if let Err(refused) = aisle::Engine::new(Some("nowhere")) {
        println!("refused: {}", refused.name);
    }
    match run(&arguments[0], &arguments[1..]) {
        Ok((samples, bytes)) => println!("aisle {}: {samples} samples, {bytes} bytes", aisle::version()),
        Err(e) => {
            eprintln!("{}", e.message);
            std::process::exit(1);
        }
    }
}
