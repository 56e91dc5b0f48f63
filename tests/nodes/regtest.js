// A bcoin full node on regtest, in memory, that speaks RPC on a free port of the loopback address.
//
// It prints one line of JSON, {"url": ...}, when it is ready, and ends when its standard input is closed,
// so that it never outlives the test that started it. Two methods are its own; the keys they speak of are
// named, not kept:
//   outputscript TYPE NAMES          -> {"script": hex, "address": text or null}
//   signedtransaction INPUTS OUTPUTS -> hex; inputs {txid, vout, value, type, names}, outputs {value, script}
'use strict';

process.env.NODE_BACKEND = 'js';

const FullNode = require('bcoin/lib/node/fullnode');
const Coin = require('bcoin/lib/primitives/coin');
const Address = require('bcoin/lib/primitives/address');
const KeyRing = require('bcoin/lib/primitives/keyring');
const MTX = require('bcoin/lib/primitives/mtx');
const Output = require('bcoin/lib/primitives/output');
const Script = require('bcoin/lib/script/script');
const sha256 = require('bcrypto/lib/sha256');

const SIGNATURES = 2;

function ring(name, type) {
  const key = sha256.digest(Buffer.from(name, 'utf8'));
  const made = KeyRing.fromPrivate(key, true);
  made.witness = type === 'p2wpkh' || type === 'p2sh-p2wpkh' || type === 'p2wsh';
  made.nested = type === 'p2sh-p2wpkh';
  return made;
}

function rings(names, type) {
  const made = names.map(name => ring(name, type));
  if (type === 'p2wsh' || type === 'p2sh')
    for (const one of made)
      one.script = multisig(made);
  return made;
}

function multisig(made) {
  return Script.fromMultisig(SIGNATURES, made.length, made.map(one => one.publicKey));
}

function outputScript(type, names) {
  const made = rings(names, type);
  switch (type) {
    case 'p2pk':
      return Script.fromPubkey(made[0].publicKey);
    case 'multisig':
      return multisig(made);
    case 'data':
      return Script.fromNulldata(Buffer.from(names[0], 'utf8'));
    case 'p2tr':
      return Script.fromProgram(1, made[0].publicKey.slice(1));
    case 'p2pkh':
    case 'p2wpkh':
    case 'p2sh-p2wpkh':
    case 'p2sh':
    case 'p2wsh':
      return Script.fromAddress(made[0].getAddress());
    default:
      throw new Error(`no type of output: ${type}`);
  }
}

function addressOf(script) {
  const address = Address.fromScript(script);
  return address && address.version < 1 ? address.toString('regtest') : null;
}

function signed(inputs, outputs) {
  const mtx = new MTX();
  const coins = inputs.map((one) => {
    const hash = Buffer.from(one.txid, 'hex').reverse().toString('hex');
    const script = outputScript(one.type, one.names);
    return Coin.fromOptions({hash, index: one.vout, value: one.value, script});
  });
  for (const coin of coins)
    mtx.addCoin(coin);
  for (const one of outputs)
    mtx.outputs.push(new Output({value: one.value, script: Script.fromRaw(one.script, 'hex')}));
  inputs.forEach((one, index) => {
    for (const signer of rings(one.names, one.type).slice(0, SIGNATURES))
      if (mtx.scriptInput(index, coins[index], signer))
        mtx.signInput(index, coins[index], signer, Script.hashType.ALL);
  });
  if (!mtx.verify())
    throw new Error('the signed transaction does not verify');
  return mtx.toRaw().toString('hex');
}

async function main() {
  const node = new FullNode({
    network: 'regtest', memory: true, workers: false, listen: false, noAuth: true,
    httpHost: '127.0.0.1', httpPort: 0, logConsole: false, logFile: false,
    indexTx: true, bip37: false, checkpoints: false
  });
  node.rpc.add('outputscript', async ([type, names]) => {
    const script = outputScript(type, names);
    return {script: script.toRaw().toString('hex'), address: addressOf(script)};
  });
  node.rpc.add('signedtransaction', async ([inputs, outputs]) => signed(inputs, outputs));
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(0));
  await node.open();
  const {port} = node.http.http.address();
  process.stdout.write(JSON.stringify({url: `http://127.0.0.1:${port}/`}) + '\n');
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
