-- What a source has declared and not withdrawn is listed by name.
CREATE INDEX known_streams_declared ON dora.known_streams (source, stream) WHERE declared AND NOT deleted;
